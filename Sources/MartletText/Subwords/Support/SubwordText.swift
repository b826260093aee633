/// A text on its way through a tokeniser: changed, cut into pieces, and each byte still knows where it came from.
struct SubwordText {
    /// Where a byte came from: a range of bytes in the text as it was given.
    struct Origin {
        var start: UInt32
        var end: UInt32
    }

    /// A part of the text, and the token it is where it is one that was looked for in the text itself.
    struct Piece {
        var range: Range<Int>
        var token: Int32 = -1
    }

    /// The text as it is now, in UTF-8.
    private(set) var bytes: [UInt8]
    /// The origin of each byte; empty while nothing was changed.
    private(set) var origins: [Origin] = []
    /// What the text is cut into, in its order; none is empty.
    var pieces: [Piece]

    /// A text of less than half a GiB.
    init(_ text: String) {
        bytes = Array(text.utf8)
        precondition(
            bytes.count < 1 << 29,
            "SubwordTokenizer: a text of \(bytes.count) bytes; expected less than \(1 << 29)")
        pieces = bytes.isEmpty ? [] : [Piece(range: 0..<bytes.count)]
    }

    /// Where a range of the text as it is now, which is not empty, came from.
    @inline(__always)
    func origin(_ range: Range<Int>) -> Range<Int> {
        if origins.isEmpty {
            var (lower, upper) = (range.lowerBound, range.upperBound)
            while lower > 0, bytes[lower] & 0xC0 == 0x80 { lower -= 1 }
            while upper < bytes.count, bytes[upper] & 0xC0 == 0x80 { upper += 1 }
            return lower..<upper
        }
        let lower = Int(origins[range.lowerBound].start)
        return lower..<max(lower, Int(origins[range.upperBound - 1].end))
    }

    /// Cuts each piece that is no token: the closure is given the text and the piece's range, and puts out ranges in their
    /// order; empty ones are left out.
    mutating func split(
        _ body: (UnsafeBufferPointer<UInt8>, Range<Int>, (Range<Int>) -> Void) -> Void
    ) {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count * 2)
        bytes.withUnsafeBufferPointer { bytes in
            for piece in pieces {
                if piece.token >= 0 {
                    result.append(piece)
                } else {
                    body(bytes, piece.range) { range in
                        if !range.isEmpty { result.append(Piece(range: range)) }
                    }
                }
            }
        }
        pieces = result
    }

    /// Whether the closure, given the bytes of each piece that is no token, says so of one.
    func contains(_ body: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            pieces.contains {
                $0.token < 0 && body(UnsafeBufferPointer(rebasing: bytes[$0.range]))
            }
        }
    }

    /// Writes each piece that is no token anew; pieces of which nothing is left disappear.
    mutating func rewrite(
        _ body: (UnsafeBufferPointer<UInt8>, Range<Int>, inout Rewriter) -> Void
    ) {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count)
        var writer = Rewriter(origins: origins, byteCount: bytes.count)
        bytes.withUnsafeBufferPointer { bytes in
            for piece in pieces {
                let start = writer.bytes.count
                if piece.token >= 0 {
                    writer.keep(piece.range, of: bytes)
                } else {
                    body(bytes, piece.range, &writer)
                }
                let range = start..<writer.bytes.count
                if !range.isEmpty { result.append(Piece(range: range, token: piece.token)) }
            }
        }
        (bytes, origins, pieces) = (writer.bytes, writer.written, result)
    }

    /// Writes a text anew, with the origin of each byte.
    struct Rewriter {
        /// Those of the text that is rewritten; empty where it was not changed before.
        private let origins: [Origin]
        /// What was written.
        private(set) var bytes: [UInt8] = []
        /// The origins of what was written.
        private(set) var written: [Origin] = []

        init(origins: [Origin], byteCount: Int) {
            self.origins = origins
            bytes.reserveCapacity(byteCount + byteCount / 4)
            written.reserveCapacity(byteCount + byteCount / 4)
        }

        /// Copies a range of the text.
        mutating func keep(_ range: Range<Int>, of source: UnsafeBufferPointer<UInt8>) {
            bytes.append(contentsOf: source[range])
            if !origins.isEmpty {
                written.append(contentsOf: origins[range])
                return
            }
            var index = range.lowerBound
            while index < range.upperBound {
                let length = UTF8Bytes.width(source[index])
                let origin = Origin(start: UInt32(index), end: UInt32(index + length))
                for _ in 0..<length { written.append(origin) }
                index += length
            }
        }

        /// Where the code point came from whose byte is at an index.
        @inline(__always)
        func origin(_ index: Int, _ source: UnsafeBufferPointer<UInt8>) -> Origin {
            if !origins.isEmpty { return origins[index] }
            let start = source.scalarStart(before: index + 1)
            return Origin(
                start: UInt32(start), end: UInt32(start + UTF8Bytes.width(source[start])))
        }

        /// Writes a byte of a code point that comes from somewhere.
        @inline(__always)
        mutating func append(_ byte: UInt8, from origin: Origin) {
            bytes.append(byte)
            written.append(origin)
        }

        /// Takes away what was written last as long as it is some text, but not what is before an index.
        mutating func removeLast(_ text: [UInt8], downTo first: Int) {
            while bytes.count - text.count >= first, bytes.suffix(text.count).elementsEqual(text) {
                bytes.removeLast(text.count)
                written.removeLast(text.count)
            }
        }

        /// Writes a code point in the place of the one whose byte is at an index.
        @inline(__always)
        mutating func put(
            _ scalar: UInt32, at index: Int, of source: UnsafeBufferPointer<UInt8>
        ) {
            let origin = origin(index, source)
            guard scalar >= 0x80 else {
                bytes.append(UInt8(scalar))
                written.append(origin)
                return
            }
            let length = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
            let lead: UInt32 = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0
            bytes.append(UInt8(lead | scalar >> UInt32(6 * (length - 1))))
            for place in stride(from: length - 2, through: 0, by: -1) {
                bytes.append(UInt8(0x80 | scalar >> UInt32(6 * place) & 0x3F))
            }
            for _ in 0..<length { written.append(origin) }
        }

        /// Writes code points in the place of the one whose byte is at an index.
        mutating func put(
            _ text: String, at index: Int, of source: UnsafeBufferPointer<UInt8>
        ) {
            for scalar in text.unicodeScalars { put(scalar.value, at: index, of: source) }
        }

        /// A code point that is written, and how many of the source it takes the place of: 0 where it was put in behind
        /// the one before.
        struct Replacement {
            var scalar: UInt32
            var consumed: Int
        }

        /// Writes code points in the place of those of a range; what takes the place of several comes from the first.
        ///
        /// - Parameter skipped: how many code points of the range have nothing in their place.
        mutating func put(
            _ replacements: [Replacement], skipped: Int = 0, for range: Range<Int>,
            of source: UnsafeBufferPointer<UInt8>
        ) {
            var next = range.lowerBound
            func pass(_ count: Int) {
                for _ in 0..<count where next < range.upperBound {
                    next += UTF8Bytes.width(source[next])
                }
            }
            pass(skipped)
            for replacement in replacements {
                let place = replacement.consumed > 0 ? next : next - 1
                put(
                    replacement.scalar,
                    at: min(max(place, range.lowerBound), range.upperBound - 1), of: source)
                pass(replacement.consumed)
            }
        }
    }
}
