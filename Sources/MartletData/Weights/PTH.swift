public import Martlet

/// Writing .pth files, PyTorch's format: `torch.load(FILE, weights_only=True)` reads them.
public enum PTH {
    /// Writes a state dict: complete or not at all, and the same bytes for the same tensors. It is put together in memory.
    ///
    /// - Parameter tensors: names, which must differ, and values. Each has memory of its own in the file, in row-major
    ///   order.
    /// - Throws: `DiskError`, and `DataError` when there is no memory for the archive.
    public static func write(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
        let archive = try ZipWriter(path)
        // What torch.save calls the folder when it writes to no file.
        func add(_ record: String, _ bytes: [UInt8] = [], _ tensor: Tensor? = nil) throws {
            try archive.add("archive/" + record, header: bytes, tensor)
        }
        try add("data.pkl", pickle(tensors))
        try add("byteorder", Array("little".utf8))
        for (index, (_, tensor)) in tensors.enumerated() { try add("data/\(index)", [], tensor) }
        try add("version", Array("3\n".utf8))
        try AtomicFile.write(to: path) { file in try archive.finish { try file.write($0) } }
    }

    /// A dictionary of calls of `torch._utils._rebuild_tensor_v2`.
    private static func pickle(_ tensors: [(name: String, tensor: Tensor)]) -> [UInt8] {
        var pickle = Pickle()
        var names: Set<String> = []
        pickle.opcodes("}(")
        for (index, (name, tensor)) in tensors.enumerated() {
            precondition(names.insert(name).inserted, "PTH.write: \(quoted(name)) is given twice")
            pickle.string(name)
            pickle.global(.rebuildTensor)
            pickle.opcodes("((")
            pickle.string("storage")
            pickle.global(.storage(of: tensor.dtype))
            pickle.string("\(index)")
            pickle.string("cpu")
            pickle.integer(tensor.count)
            pickle.opcodes("tQ")
            pickle.integer(0)
            pickle.tuple(tensor.shape)
            pickle.tuple(rowMajorStrides(tensor.shape))
            pickle.opcodes("\u{89}")
            pickle.global(.orderedDict)
            pickle.opcodes(")RtR")
        }
        pickle.opcodes("u.")
        return pickle.bytes
    }

    private static func rowMajorStrides(_ shape: [Int]) -> [Int] {
        var stride = 1
        let strides = shape.reversed().map { size in
            defer { stride *= max(size, 1) }
            return stride
        }
        return strides.reversed()
    }
}

/// A pickle of protocol 2 being written.
private struct Pickle {
    private(set) var bytes: [UInt8] = [0x80, 2]

    /// Opcodes without arguments, a character each.
    mutating func opcodes(_ text: String) {
        bytes += text.unicodeScalars.map { UInt8($0.value) }
    }

    mutating func string(_ text: String) {
        opcodes("X")
        little(text.utf8.count, 4)
        bytes += text.utf8
    }

    mutating func integer(_ value: Int) {
        if (0..<256).contains(value) {
            opcodes("K")
            little(value, 1)
        } else if let narrow = Int32(exactly: value) {
            opcodes("J")
            little(Int(narrow), 4)
        } else {
            opcodes("\u{8a}\u{8}")
            little(value, 8)
        }
    }

    mutating func tuple(_ values: [Int]) {
        opcodes("(")
        for value in values { integer(value) }
        opcodes("t")
    }

    mutating func global(_ global: PickleGlobal) {
        let dot = global.rawValue.lastIndex(of: ".") ?? global.rawValue.startIndex
        opcodes("c")
        bytes += "\(global.rawValue[..<dot])\n\(global.rawValue[dot...].dropFirst())\n".utf8
    }

    private mutating func little(_ value: Int, _ count: Int) {
        bytes += (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
