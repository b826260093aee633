/// Why an ONNX file could not be read, run or written.
public struct ONNXError: Error, CustomStringConvertible, Equatable, Sendable {
    /// What went wrong, as far as a caller may want to tell cases apart.
    public enum Kind: Sendable, Equatable {
        /// The file cannot be opened or read.
        case unreadable
        /// The file cannot be written.
        case disk
        /// The contents break the format, or contradict themselves.
        case damaged
        /// Valid, but not something Martlet reads or runs.
        case unsupported
        /// Larger than the limits allow.
        case limit
        /// The inputs given to a graph do not fit it.
        case input
        /// The written graph computes something else than the model.
        case mismatch
    }

    /// What went wrong.
    public let kind: Kind
    /// The file, where one is involved.
    public let file: String?
    /// The part of the graph: `node 'conv_1' (Conv)`, `initializer 'fc.weight'`.
    public let place: String?
    /// What was found and what was expected.
    public let reason: String

    init(_ kind: Kind, _ reason: String, file: String? = nil, at place: String? = nil) {
        self.kind = kind
        self.file = file
        self.place = place
        self.reason = reason
    }

    /// The same error, naming the file it came from.
    func inFile(_ name: String) -> ONNXError {
        ONNXError(kind, reason, file: file ?? name, at: place)
    }

    /// What a program that ends with this error exits with: 6 where the disk is at fault, 3 for a file or input
    /// that is not there or does not fit, 1 for a graph that was written wrongly, 4 for damaged files.
    public var exitCode: Int32 {
        switch kind {
        case .disk: 6
        case .unreadable, .input: 3
        case .mismatch: 1
        case .damaged, .unsupported, .limit: 4
        }
    }

    /// The file, the place in the graph and the reason, in one line.
    public var description: String {
        ([file, place].compactMap { $0 } + [reason]).joined(separator: ": ")
    }
}

extension String {
    /// Quoted for a message: control characters escaped, long names cut.
    var quoted: String {
        let shown = unicodeScalars.prefix(80).map { $0.value < 32 ? "?" : String($0) }.joined()
        return "'\(shown)\(unicodeScalars.count > 80 ? "..." : "")'"
    }
}
