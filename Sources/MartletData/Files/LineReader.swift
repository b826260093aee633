internal import Glibc

/// Reads a file line by line, a piece of it at a time.
package struct LineReader {
    /// A line as bytes, without its end, and its number from 1.
    package typealias Line = (number: Int, bytes: ArraySlice<UInt8>)

    private let file: InputFile
    private let longest: Int
    private var buffer: [UInt8] = []
    /// The bytes of the buffer that were handed out, and those that hold no end of a line.
    private var (used, searched) = (0, 0)
    private var offset = 0
    private var number = 0

    /// - Parameters:
    ///   - path: the file.
    ///   - longest: the most bytes a line may have.
    /// - Throws: `DataError` when the file cannot be opened.
    package init(_ path: String, longest: Int) throws(DataError) {
        file = try asData { () throws(DiskError) in try InputFile(path) }
        self.longest = longest
    }

    /// The next line; nil at the end. Lines end with a line feed, before which a carriage return counts as part of the end.
    ///
    /// - Throws: `DataError` when the file cannot be read, or the line is too long.
    package mutating func next() throws(DataError) -> Line? {
        while true {
            if let end = lineFeed() {
                let line = buffer[used..<end]
                (used, searched) = (end + 1, end + 1)
                return try numbered(line)
            }
            guard buffer.count - used <= longest else { throw tooLong() }
            buffer.removeFirst(used)
            (used, searched) = (0, buffer.count)
            let start = offset
            let more = try asData { [file] () throws(DiskError) in
                try file.read(at: start, count: 1 << 18)
            }
            if more.isEmpty {
                guard !buffer.isEmpty else { return nil }
                let line = buffer[...]
                (used, searched) = (buffer.count, buffer.count)
                return try numbered(line)
            }
            offset += more.count
            buffer += more
        }
    }

    private mutating func numbered(_ line: ArraySlice<UInt8>) throws(DataError) -> Line {
        guard line.count <= longest else { throw tooLong() }
        number += 1
        return (number, line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    private func lineFeed() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, searched < bytes.count else { return nil }
            let found = memchr(base + searched, Int32(UInt8(ascii: "\n")), bytes.count - searched)
            return found.map { UnsafeRawPointer($0) - base }
        }
    }

    private func tooLong() -> DataError {
        DataError(
            path: file.path, place: "line \(number + 1)",
            problem: "the line has more than \(longest) bytes", expected: "at most \(longest)")
    }
}
