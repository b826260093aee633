internal import Glibc

/// A file open for reading at any place.
package final class InputFile {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    /// - Throws: `DiskError` when it cannot be opened or is no regular file.
    package init(_ path: String) throws(DiskError) {
        self.path = path
        // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DiskError.last("open", path) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            close(descriptor)
            throw DiskError.last("read", path)
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let isFolder = information.st_mode & S_IFMT == S_IFDIR
            throw DiskError(path: path, operation: "read", code: isFolder ? EISDIR : ESPIPE)
        }
        byteCount = Int(information.st_size)
    }

    deinit { close(descriptor) }

    /// Fills the buffer with the bytes at an offset; returns how many there were before the end.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw DiskError.last("read", path)
            }
        }
        return done
    }

    /// All that a file of data holds.
    ///
    /// - Parameter longest: a file of more bytes is refused unread.
    /// - Throws: `DataError` when it cannot be read or is longer.
    package static func contents(_ path: String, longest: Int) throws(DataError) -> [UInt8] {
        let file = try asData { () throws(DiskError) in try InputFile(path) }
        guard file.byteCount <= longest else {
            throw DataError(
                path: path, problem: "\(file.byteCount) bytes", expected: "at most \(longest)")
        }
        return try asData { () throws(DiskError) in try file.read(at: 0, count: file.byteCount) }
    }

    /// Up to `count` bytes at an offset.
    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        var failure: DiskError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(DiskError) {
                filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// Memory the machine has, in bytes: what a file may make a reader allocate is bounded by it.
func physicalMemory() -> Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && size > 0 ? pages * size : Int.max
}

/// The bytes of elements of this shape; nil where they, or their strides, do not fit 64 bits.
func byteCount(_ shape: [Int], itemSize: Int) -> Int? {
    // A size of 0 must not hide that the others overflow together.
    var product = itemSize
    for size in shape where size != 0 {
        let (next, overflow) = product.multipliedReportingOverflow(by: size)
        if overflow { return nil }
        product = next
    }
    return shape.contains(0) ? 0 : product
}
