public import Martlet

/// npy files, NumPy's format for one array (`numpy.save` and `numpy.load`).
public enum NPY {
    /// Reads a file of format version 1, 2 or 3, of either byte order.
    ///
    /// Types that Martlet does not have become the next wider one: integers of 8 and 16 bits `int32`, unsigned ones of 32
    /// bits `int64`. Unsigned integers of 64 bits, complex numbers, text, records and Python objects are refused. An array in
    /// Fortran order keeps it: the tensor is the transpose of a contiguous one.
    ///
    /// - Throws: `DataError` naming the byte when the file is not exactly an npy file.
    public static func read(_ path: String) throws(DataError) -> Tensor {
        let file = try asData { () throws(DiskError) in try InputFile(path) }
        var offset = 0
        let source = NPYSource(path: path, entry: nil, byteCount: file.byteCount) {
            (buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int in
            let count = try asData { () throws(DiskError) in
                try file.read(at: offset, into: buffer)
            }
            offset += count
            return count
        }
        return try source.tensor()
    }

    /// Writes a file as NumPy does, complete or not at all: version 1.0, little endian, in row-major order.
    ///
    /// - Parameter tensor: of any type but `bfloat16`, which NumPy does not have.
    /// - Throws: `DiskError`.
    public static func write(_ tensor: Tensor, to path: String) throws {
        let header = NPYHeader.bytes(of: tensor)
        try AtomicFile.write(to: path) { file in
            try file.write(header)
            try tensor.withUnsafeBytes { try file.write($0) }
        }
    }
}

/// Where the bytes of an npy file come from, in order: a file, or an entry of an archive.
struct NPYSource {
    let path: String
    /// The array's name in an archive; nil for a file.
    let entry: String?
    /// How many bytes there are.
    let byteCount: Int
    /// Fills the buffer with the next bytes; returns how many there were before the end.
    let read: (UnsafeMutableRawBufferPointer) throws(DataError) -> Int

    /// Reads all of it.
    func tensor() throws(DataError) -> Tensor {
        let (header, start) = try header()
        let (element, shape) = (header.element, header.shape)
        guard let size = MartletData.byteCount(shape, itemSize: element.size),
            let memory = MartletData.byteCount(shape, itemSize: element.dtype.itemSize)
        else {
            throw error(start, "a shape of \(shape)", "one whose bytes fit 64 bits")
        }
        guard size == byteCount - start else {
            let isShort = size > byteCount - start
            throw error(
                isShort ? byteCount : start + size,
                isShort ? "the data end" : "more data follow",
                "\(start) bytes of header and \(size) for \(element) of shape \(shape)")
        }
        guard memory <= physicalMemory() else {
            throw error(
                start, "a tensor of \(memory) bytes",
                "no more than the machine's memory, \(physicalMemory()) bytes")
        }
        let laidOut = header.isFortranOrder ? shape.reversed() : shape
        let tensor = try elements(header, laidOut, start: start)
        // Reading on is what makes an archive compare its checksum.
        guard try bytes(1).isEmpty else {
            throw error(start + size, "more data follow", "their end")
        }
        guard header.isFortranOrder else { return tensor }
        return tensor.permute(tensor.shape.indices.reversed())
    }

    /// The header, and where the elements start.
    private func header() throws(DataError) -> (NPYHeader, start: Int) {
        let opening = try bytes(8)
        guard opening.count == 8, Array(opening[..<6]) == NPYHeader.magic else {
            let found = opening.prefix(6).map { String($0, radix: 16) }.joined(separator: " ")
            throw error(
                0, opening.isEmpty ? "nothing" : "the bytes \(found)",
                "an npy file: 93 4e 55 4d 50 59, a version and a header")
        }
        guard (1...3).contains(opening[6]), opening[7] == 0 else {
            throw error(6, "version \(opening[6]).\(opening[7])", "1.0, 2.0 or 3.0")
        }
        let lengthSize = opening[6] == 1 ? 2 : 4
        let length = try bytes(lengthSize).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= NPYHeader.maximumLength else {
            throw error(
                8, "a header of \(length) bytes",
                "at most \(NPYHeader.maximumLength), NumPy's limit")
        }
        let start = 8 + lengthSize
        let text = try bytes(length)
        guard start + length <= byteCount, text.count == length else {
            throw error(
                min(byteCount, start + text.count), "the data end within the header",
                "\(length) bytes of header after byte \(start)")
        }
        let result: Result<NPYHeader, JSONScanner.Failure> = text.withUnsafeBufferPointer { text in
            Result { () throws(JSONScanner.Failure) in try NPYHeader(text) }
        }
        switch result {
        case .success(let header): return (header, start + length)
        case .failure(let failure):
            throw error(start + failure.byte, failure.problem, failure.expected)
        }
    }

    /// The elements, in the types and byte order of this machine.
    private func elements(
        _ header: NPYHeader, _ shape: [Int], start: Int
    ) throws(DataError) -> Tensor {
        let element = header.element
        var failure: DataError?
        let tensor = Tensor(shape, dtype: element.dtype) { output in
            do throws(DataError) {
                let count = output.count / element.dtype.itemSize
                // What is widened lies at the end and is spread from the start.
                let raw = UnsafeMutableRawBufferPointer(
                    rebasing: output[(output.count - count * element.size)...])
                try fill(raw, element, at: start)
                if header.isBigEndian { NPYSource.swap(raw, size: element.size) }
                NPYSource.widen(raw, element, count, into: output)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return tensor
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ element: NPYElement, at start: Int
    ) throws(DataError) {
        let count = try read(buffer)
        guard count == buffer.count else {
            throw error(start + count, "the data end", "\(buffer.count) bytes after byte \(start)")
        }
        // Any other byte would be no value of Swift's Bool at all.
        if element == .bool, let bad = buffer.firstIndex(where: { $0 > 1 }) {
            throw error(start + bad, "the byte \(buffer[bad]) in an array of bools", "0 or 1")
        }
    }

    private static func swap(_ bytes: UnsafeMutableRawBufferPointer, size: Int) {
        func swap<Element: FixedWidthInteger>(_: Element.Type) {
            for offset in stride(from: 0, to: bytes.count, by: size) {
                let value = bytes.loadUnaligned(fromByteOffset: offset, as: Element.self)
                bytes.storeBytes(of: value.byteSwapped, toByteOffset: offset, as: Element.self)
            }
        }
        switch size {
        case 2: swap(UInt16.self)
        case 4: swap(UInt32.self)
        default: swap(UInt64.self)
        }
    }

    private static func widen(
        _ raw: UnsafeMutableRawBufferPointer, _ element: NPYElement, _ count: Int,
        into output: UnsafeMutableRawBufferPointer
    ) {
        func spread<Narrow: FixedWidthInteger, Wide: FixedWidthInteger>(
            _: Narrow.Type, _: Wide.Type
        ) {
            for index in 0..<count {
                let value = raw.loadUnaligned(
                    fromByteOffset: index * element.size, as: Narrow.self)
                output.storeBytes(
                    of: Wide(value), toByteOffset: index * element.dtype.itemSize, as: Wide.self)
            }
        }
        switch element {
        case .int8: spread(Int8.self, Int32.self)
        case .int16: spread(Int16.self, Int32.self)
        case .uint16: spread(UInt16.self, Int32.self)
        case .uint32: spread(UInt32.self, Int64.self)
        default: break
        }
    }

    /// Up to so many of the next bytes.
    private func bytes(_ count: Int) throws(DataError) -> [UInt8] {
        var failure: DataError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(DataError) {
                filled = try read(UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func error(_ byte: Int, _ problem: String, _ expected: String) -> DataError {
        let place = [entry.map { "array \(quoted($0))" }, "byte \(byte)"].compactMap { $0 }
        return DataError(
            path: path, place: place.joined(separator: ": "), problem: problem, expected: expected)
    }
}
