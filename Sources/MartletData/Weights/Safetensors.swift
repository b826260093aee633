public import Martlet

/// Writing and reading whole safetensors files.
public enum Safetensors {
    /// The order of tensors in a file.
    public enum Order: Sendable {
        /// Larger elements first, then by name, as Python's safetensors writes them: every tensor
        /// is aligned to its elements' size.
        case bySize
        /// As given. Tensors may be misaligned when their types' sizes differ.
        case asGiven
    }

    /// Everything in a file.
    public struct Contents: Sendable {
        /// The tensors in the header's order.
        public let tensors: [(name: String, tensor: Tensor)]
        /// What the file says about itself.
        public let metadata: [String: String]

        /// The tensors by name.
        public var dictionary: [String: Tensor] {
            Dictionary(
                tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Reads a file.
    ///
    /// - Throws: `WeightsError` when it is not an intact safetensors file.
    public static func read(_ path: String) throws(WeightsError) -> Contents {
        let file = try SafetensorsFile(path)
        return Contents(tensors: try file.tensors(), metadata: file.metadata)
    }

    /// Writes a file: complete or not at all, and the same bytes for the same tensors and metadata.
    ///
    /// Tensors are written one after another; a second copy is made of none but those that are not
    /// contiguous, one at a time.
    ///
    /// - Parameters:
    ///   - tensors: names, which must differ and not be `__metadata__`, and values.
    ///   - metadata: text kept in the header, sorted by key.
    ///   - order: the order of the tensors in the file.
    /// - Throws: `DiskError`.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:],
        order: Order = .bySize, to path: String
    ) throws {
        let ordered =
            switch order {
            case .asGiven: tensors
            case .bySize: tensors.sorted { precedes($0, $1) }
            }
        let header = try header(ordered, metadata: metadata, path: path)
        try AtomicFile.write(to: path) { file in
            let length = UInt64(header.count)
            try file.write((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
            try file.write(header)
            for (_, tensor) in ordered {
                try tensor.withUnsafeBytes { try file.write($0) }
            }
        }
    }

    private static func precedes(
        _ a: (name: String, tensor: Tensor), _ b: (name: String, tensor: Tensor)
    ) -> Bool {
        let sizes = (a.tensor.dtype.itemSize, b.tensor.dtype.itemSize)
        if sizes.0 != sizes.1 { return sizes.0 > sizes.1 }
        return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }

    /// The header's JSON, padded with spaces so that the data start at a multiple of 8.
    private static func header(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String], path: String
    ) throws(WeightsError) -> [UInt8] {
        // Measured before it is escaped, which takes long for what is too long anyway.
        try requireFits(
            metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }, path)
        var text = "{"
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let items = pairs.map { "\(JSONText.string($0.key)):\(JSONText.string($0.value))" }
            text += "\"__metadata__\":{\(items.joined(separator: ","))}"
        }
        var names: Set<String> = []
        var offset = 0
        for (name, tensor) in tensors {
            precondition(
                name != "__metadata__" && names.insert(name).inserted,
                "Safetensors.write: the name '\(name)' is reserved or given twice")
            if text.utf8.count > 1 { text += "," }
            let end = offset + tensor.count * tensor.dtype.itemSize
            let type = SafetensorsHeader.name(of: tensor.dtype)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            text += "\(JSONText.string(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
            text += "\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        text += "}"
        var bytes = Array(text.utf8)
        bytes.append(contentsOf: repeatElement(0x20, count: (8 - bytes.count % 8) % 8))
        try requireFits(bytes.count, path)
        return bytes
    }

    private static func requireFits(_ byteCount: Int, _ path: String) throws(WeightsError) {
        guard byteCount <= SafetensorsHeader.maximumLength else {
            throw WeightsError(
                path: path, problem: "names and metadata of \(byteCount) bytes",
                expected: "at most \(SafetensorsHeader.maximumLength)")
        }
    }
}
