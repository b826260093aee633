public import Martlet

/// A safetensors file open for reading.
///
/// The format is a length, a JSON header and the tensors' bytes. Nothing in it is executed. The
/// header is checked in full before anything is allocated for a tensor; where the reference
/// implementation tolerates something unclear (keys twice, keys it does not know, names that Unicode
/// calls equal), this reader refuses it.
///
/// Format: https://github.com/huggingface/safetensors
public final class SafetensorsFile {
    /// The file.
    public let path: String
    /// What the file says about itself.
    public let metadata: [String: String]
    /// The tensors in the header's order.
    public let entries: [SafetensorsEntry]
    private let file: InputFile
    private let places: [String: Int]

    /// Opens a file and checks its header.
    ///
    /// - Throws: `WeightsError`.
    public init(_ path: String) throws(WeightsError) {
        self.path = path
        do throws(DiskError) {
            file = try InputFile(path)
        } catch {
            throw SafetensorsFile.unreadable(error)
        }
        let header = try SafetensorsFile.header(of: file)
        entries = header.entries
        metadata = Dictionary(
            header.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        places = Dictionary(
            entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func header(of file: InputFile) throws(WeightsError) -> SafetensorsHeader {
        let path = file.path
        let prefix = try bytes(of: file, at: 0, count: min(8, file.byteCount))
        guard prefix.count == 8 else {
            throw WeightsError(
                path: path, byte: prefix.count,
                problem: "the file ends after \(prefix.count) bytes",
                expected: "a safetensors file: 8 bytes of length, then JSON")
        }
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(SafetensorsHeader.maximumLength) else {
            if let error = try foreign(file, prefix) { throw error }
            throw WeightsError(
                path: path, byte: 0, problem: "a header of \(length) bytes",
                expected: "a safetensors file, whose header has at most "
                    + "\(SafetensorsHeader.maximumLength)")
        }
        guard Int(length) <= file.byteCount - 8 else {
            throw WeightsError(
                path: path, byte: file.byteCount,
                problem: "the file ends within its header of \(length) bytes",
                expected: "at least \(8 + Int(length)) bytes")
        }
        let text = try bytes(of: file, at: 8, count: Int(length))
        let result: Result<SafetensorsHeader, WeightsError> = text.withUnsafeBufferPointer {
            buffer in
            Result { () throws(WeightsError) in
                try SafetensorsHeader(buffer, fileLength: file.byteCount, path: path)
            }
        }
        return try result.get()
    }

    /// What the file is instead, where that can be told.
    private static func foreign(
        _ file: InputFile, _ prefix: [UInt8]
    ) throws(WeightsError) -> WeightsError? {
        if prefix.starts(with: PTHFile.magic) {
            return WeightsError(
                path: file.path, byte: 0, problem: "a zip archive, as PyTorch's .pth files are",
                expected: "a safetensors file, which martlet convert makes of a .pth")
        }
        // A pickle; before that, PyTorch wrote tar archives.
        var isTar = false
        if file.byteCount >= 512 {
            isTar = try bytes(of: file, at: 257, count: 5) == Array("ustar".utf8)
        }
        guard isTar || (prefix[0] == 0x80 && (2...5).contains(prefix[1])) else { return nil }
        return WeightsError(
            path: file.path, byte: 0,
            problem: isTar
                ? "a tar archive" : "a pickle outside of an archive, PyTorch's format before 1.6",
            expected:
                "a file saved anew: torch.save(torch.load(OLD), NEW) with PyTorch 1.6 or later")
    }

    /// Exactly so many bytes.
    private static func bytes(
        of file: InputFile, at offset: Int, count: Int
    ) throws(WeightsError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(DiskError) {
            bytes = try file.read(at: offset, count: count)
        } catch {
            throw unreadable(error)
        }
        guard bytes.count == count else { throw shortened(file.path, offset + bytes.count) }
        return bytes
    }

    private static func unreadable(_ error: DiskError) -> WeightsError {
        WeightsError(
            path: error.path, problem: "cannot \(error.operation): \(error.reason)",
            expected: "a safetensors file")
    }

    /// The file had more bytes when it was opened.
    private static func shortened(_ path: String, _ byte: Int) -> WeightsError {
        WeightsError(
            path: path, byte: byte, problem: "the file was cut while it was read",
            expected: "a file that nobody writes to")
    }

    /// The tensor of a name; nil when the file has none.
    ///
    /// - Throws: `WeightsError` when its bytes cannot be read or are no values of its type.
    public func tensor(_ name: String) throws(WeightsError) -> Tensor? {
        guard let place = places[name] else { return nil }
        return try tensor(entries[place])
    }

    /// The tensor an entry describes.
    ///
    /// - Throws: `WeightsError` when its bytes cannot be read or are no values of its type.
    public func tensor(_ entry: SafetensorsEntry) throws(WeightsError) -> Tensor {
        let memory = physicalMemory()
        guard entry.bytes.count <= memory else {
            throw WeightsError(
                path: path, tensor: entry.name, byte: entry.bytes.lowerBound,
                problem: "\(entry.bytes.count) bytes of data",
                expected: "no more than the machine's memory, \(memory) bytes")
        }
        var failure: WeightsError?
        let tensor = Tensor(entry.shape, dtype: entry.dtype) { buffer in
            do throws(WeightsError) { try read(entry, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return tensor
    }

    /// Every tensor, in the header's order.
    ///
    /// - Throws: `WeightsError`.
    public func tensors() throws(WeightsError) -> [(name: String, tensor: Tensor)] {
        var all: [(name: String, tensor: Tensor)] = []
        for entry in entries { all.append((entry.name, try tensor(entry))) }
        return all
    }

    private func read(
        _ entry: SafetensorsEntry, into buffer: UnsafeMutableRawBufferPointer
    ) throws(WeightsError) {
        let count: Int
        do throws(DiskError) {
            count = try file.read(at: entry.bytes.lowerBound, into: buffer)
        } catch {
            throw SafetensorsFile.unreadable(error)
        }
        guard count == buffer.count else {
            throw SafetensorsFile.shortened(path, entry.bytes.lowerBound + count)
        }
        // Any other byte would be no value of Swift's Bool at all.
        if entry.dtype == .bool, let bad = buffer.firstIndex(where: { $0 > 1 }) {
            throw WeightsError(
                path: path, tensor: entry.name, byte: entry.bytes.lowerBound + bad,
                problem: "the byte \(buffer[bad]) in a tensor of bools", expected: "0 or 1")
        }
    }
}
