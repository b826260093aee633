public import Martlet

/// A tensor of a .pth file.
public struct PTHEntry: Sendable, Equatable {
    /// Its name: for a dictionary in a dictionary, both keys with a dot between them.
    public let name: String
    /// The type of its elements.
    public let dtype: DType
    /// Its sizes.
    public let shape: [Int]
    /// Its place among the pickle's tensors.
    let place: Int
}

/// A file of `torch.save` (PyTorch 1.6 or later) open for reading: a state dict, or a checkpoint that holds one.
///
/// The file is a zip archive of a pickle, which describes tensors, and of the memory they lie in. Nothing in it is executed:
/// a pickle that needs anything but tensors, dictionaries, lists, numbers and strings is refused by the name of what it
/// needs. The archive, the pickle and every tensor's place in memory are checked before anything is read for a tensor.
///
/// Format: https://docs.pytorch.org/docs/stable/notes/serialization.html
public final class PTHFile {
    /// What zip archives start with.
    static let magic: [UInt8] = [0x50, 0x4b, 3, 4]

    /// The file.
    public let path: String
    /// The tensors, in the file's order.
    public let entries: [PTHEntry]
    /// What was chosen and what was left aside, a line each, for people.
    public let notes: [String]
    private let records: PTHRecords
    private let heap: PickleHeap

    /// Opens a file and reads its pickle.
    ///
    /// Where the file holds a dictionary under `state_dict`, `model_state_dict` or `model`, that one is taken, and the
    /// notes say so.
    ///
    /// - Throws: `WeightsError`.
    public init(_ path: String) throws(WeightsError) {
        self.path = path
        records = try PTHRecords(path)
        let pickle = try records.read("data.pkl", limit: Unpickler.maximumLength)
        var unpickler = Unpickler(pickle, path: path, entry: records.name("data.pkl"))
        let root = try unpickler.load()
        heap = unpickler.heap
        for storage in heap.storages {
            let size = storage.count.multipliedReportingOverflow(by: storage.dtype.itemSize)
            let found = try records.byteCount("data/" + storage.key)
            guard !size.overflow, size.partialValue == found else {
                throw WeightsError(
                    path: path, entry: records.name("data/" + storage.key),
                    problem: "\(found) bytes",
                    expected: "those of \(storage.count) elements of \(storage.dtype)")
            }
        }
        var reader = PTHStateDict(
            heap: heap, path: path, entry: records.name("data.pkl"),
            longestNames: 8 * pickle.count)
        try reader.read(root)
        entries = reader.entries
        notes = reader.notes
    }

    /// Every tensor, in the file's order. Memory that several share is read once, and shared.
    ///
    /// - Throws: `WeightsError` when a record is damaged or holds no values of its type.
    public func tensors() throws(WeightsError) -> [(name: String, tensor: Tensor)] {
        var memory: [Int: Tensor] = [:]
        var all: [(name: String, tensor: Tensor)] = []
        for entry in entries {
            let view = heap.tensors[entry.place]
            let storage: Tensor
            if let known = memory[view.storage] {
                storage = known
            } else {
                storage = try read(heap.storages[view.storage], entry.name)
                memory[view.storage] = storage
            }
            let tensor = storage.view(offset: view.offset, shape: view.shape, strides: view.strides)
            all.append((entry.name, tensor))
        }
        return all
    }

    private func read(_ storage: PickleStorage, _ tensor: String) throws(WeightsError) -> Tensor {
        let record = "data/" + storage.key
        var failure: WeightsError?
        let memory = Tensor([storage.count], dtype: storage.dtype) { buffer in
            do throws(WeightsError) { try records.read(record, into: buffer) } catch {
                failure = error
                return
            }
            // Any other byte would be no value of Swift's Bool at all.
            if storage.dtype == .bool, let bad = buffer.firstIndex(where: { $0 > 1 }) {
                failure = WeightsError(
                    path: path, entry: records.name(record), tensor: tensor, byte: bad,
                    problem: "the byte \(buffer[bad]) in a tensor of bools", expected: "0 or 1")
            }
        }
        if let failure { throw failure }
        return memory
    }
}

/// The records of a .pth file: entries of one folder in a zip archive, stored as they are.
private struct PTHRecords {
    private let archive: ZipReader
    private let folder: String
    private var entries: [String: ZipReader.Entry] = [:]

    init(_ path: String) throws(WeightsError) {
        archive = try asWeights { () throws(DataError) in try ZipReader(path) }
        var folder: String?
        for index in 0..<archive.count {
            let entry = try asWeights { [archive] () throws(DataError) in try archive.entry(index) }
            let parts = entry.name.split(
                separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, PTHRecords.isInside(entry.name),
                folder ?? String(parts[0]) == parts[0]
            else {
                throw WeightsError(
                    path: path, problem: "an entry called \(quoted(entry.name))",
                    expected: folder.map { "entries of the folder \(quoted($0)) only" }
                        ?? "entries of one folder")
            }
            guard entry.isStored else {
                throw WeightsError(
                    path: path, entry: entry.name, problem: "compressed data",
                    expected: "stored data, as torch.save writes them")
            }
            folder = String(parts[0])
            entries[String(parts[1])] = entry
        }
        self.folder = folder ?? ""
        guard entries["data.pkl"] != nil, entries["constants.pkl"] == nil else {
            let isScript = entries["constants.pkl"] != nil
            throw WeightsError(
                path: path,
                problem: isScript
                    ? "a TorchScript archive, which is a program"
                    : "a zip archive without data.pkl",
                expected: "a file of torch.save(model.state_dict(), FILE)")
        }
        try checkByteOrder()
    }

    /// Whether a name leads nowhere but into its own folder.
    private static func isInside(_ name: String) -> Bool {
        !name.contains("\\")
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                $0 != "" && $0 != "." && $0 != ".."
            }
    }

    /// The byte order is little where none is said, as before PyTorch 2.1.
    private func checkByteOrder() throws(WeightsError) {
        guard entries["byteorder"] != nil else { return }
        let order = try read("byteorder", limit: 16)
        guard order == Array("little".utf8) else {
            throw WeightsError(
                path: archive.path, entry: name("byteorder"),
                problem: quoted(String(decoding: order, as: UTF8.self)),
                expected: "'little'; save the file anew on a little-endian machine")
        }
    }

    /// A record's name in the archive.
    func name(_ record: String) -> String { "\(folder)/\(record)" }

    private func entry(_ record: String) throws(WeightsError) -> ZipReader.Entry {
        guard let entry = entries[record] else {
            throw WeightsError(
                path: archive.path, problem: "no entry \(quoted(name(record)))",
                expected: "every record that the pickle names")
        }
        return entry
    }

    func byteCount(_ record: String) throws(WeightsError) -> Int { try entry(record).byteCount }

    /// A whole record; its checksum was compared.
    func read(_ record: String, limit: Int) throws(WeightsError) -> [UInt8] {
        let count = try byteCount(record)
        guard count <= limit else {
            throw WeightsError(
                path: archive.path, entry: name(record), problem: "\(count) bytes",
                expected: "at most \(limit)")
        }
        var failure: WeightsError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(WeightsError) {
                try read(record, into: UnsafeMutableRawBufferPointer(buffer))
                filled = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills the buffer, which is as long as the record.
    func read(
        _ record: String, into buffer: UnsafeMutableRawBufferPointer
    ) throws(WeightsError) {
        let (archive, entry) = (archive, try entry(record))
        let count = try asWeights { () throws(DataError) in
            let stream = try archive.open(entry)
            var count = try stream.read(into: buffer)
            // Reading on is what makes libzip compare the checksum.
            var more: UInt8 = 0
            count += try withUnsafeMutableBytes(of: &more) { byte throws(DataError) in
                try stream.read(into: byte)
            }
            return count
        }
        guard count == buffer.count else {
            throw WeightsError(
                path: archive.path, entry: entry.name, byte: count,
                problem: "the data end", expected: "\(buffer.count) bytes")
        }
    }
}

/// Runs an operation on an archive, turning its errors into the weights'.
private func asWeights<R>(_ body: () throws(DataError) -> R) throws(WeightsError) -> R {
    do throws(DataError) { return try body() } catch { throw WeightsError(error) }
}
