internal import CZip
public import Martlet

/// npz files: zip archives of npy files, NumPy's format for several named arrays (`numpy.savez`,
/// `numpy.savez_compressed` and `numpy.load`).
public enum NPZ {
    /// Reads every array of an archive, by name; see `NPY.read` for their types.
    ///
    /// The names are only names, whatever folders they speak of: nothing is written anywhere. An array takes no more memory
    /// than its header announces, and that is compared with the archive's length first.
    ///
    /// - Throws: `DataError` when it is not an intact archive of npy files, stored or deflated.
    public static func read(_ path: String) throws(DataError) -> [String: Tensor] {
        let archive = try ZipReader(path)
        var arrays: [String: Tensor] = [:]
        for index in 0..<archive.count {
            let entry = try archive.entry(index)
            guard entry.name.hasSuffix(".npy") else {
                throw DataError(
                    path: path, problem: "an entry called \(quoted(entry.name))",
                    expected: "npy files only")
            }
            let name = String(entry.name.dropLast(4))
            let stream = try archive.open(entry)
            let source = NPYSource(path: path, entry: name, byteCount: entry.byteCount) {
                (buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int in
                try stream.read(into: buffer)
            }
            guard arrays.updateValue(try source.tensor(), forKey: name) == nil else {
                throw DataError(
                    path: path, problem: "a second array \(quoted(name))",
                    expected: "every name once")
            }
        }
        return arrays
    }

    /// Writes an archive, complete or not at all, and the same bytes for the same arrays. It is put together in memory.
    ///
    /// - Parameters:
    ///   - arrays: names, which must differ, and values; see `NPY.write`.
    ///   - compressed: whether to deflate them (`numpy.savez_compressed`); by default they are stored.
    /// - Throws: `DiskError`, and `DataError` when there is no memory for the archive.
    public static func write(
        _ arrays: [(name: String, tensor: Tensor)], compressed: Bool = false, to path: String
    ) throws {
        var names: Set<String> = []
        for (name, _) in arrays {
            precondition(
                !name.utf8.contains(0) && names.insert(name).inserted,
                "NPZ.write: the name \(quoted(name)) is given twice or holds a zero byte")
        }
        let archive = try ZipWriter(path)
        for (name, tensor) in arrays {
            try archive.add(
                name + ".npy", header: NPYHeader.bytes(of: tensor), tensor, compressed: compressed)
        }
        try AtomicFile.write(to: path) { file in try archive.finish { try file.write($0) } }
    }
}
