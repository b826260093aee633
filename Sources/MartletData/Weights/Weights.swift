public import Martlet

/// Reading weights, whatever program wrote them.
public enum Weights {
    /// Everything in a file.
    public struct Contents: Sendable {
        /// The tensors in the file's order.
        public let tensors: [(name: String, tensor: Tensor)]
        /// What the file says about itself; nothing in a .pth file.
        public let metadata: [String: String]
        /// What was chosen and what was left aside, a line each, for people.
        public let notes: [String]

        /// The tensors by name.
        public var dictionary: [String: Tensor] {
            Dictionary(
                tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Reads a safetensors file, or a .pth file of PyTorch 1.6 or later; what the file starts with tells which.
    ///
    /// - Throws: `WeightsError` when it is no intact file of either kind.
    public static func read(_ path: String) throws(WeightsError) -> Contents {
        if try isPTH(path) {
            let file = try PTHFile(path)
            return Contents(tensors: try file.tensors(), metadata: [:], notes: file.notes)
        }
        let contents = try Safetensors.read(path)
        return Contents(tensors: contents.tensors, metadata: contents.metadata, notes: [])
    }

    /// Whether a file starts as .pth files do.
    ///
    /// - Throws: `WeightsError` when it cannot be read.
    public static func isPTH(_ path: String) throws(WeightsError) -> Bool {
        do throws(DiskError) {
            return try InputFile(path).read(at: 0, count: 4) == PTHFile.magic
        } catch {
            throw WeightsError(
                path: path, problem: "cannot \(error.operation): \(error.reason)",
                expected: "a file of weights, safetensors or .pth")
        }
    }
}
