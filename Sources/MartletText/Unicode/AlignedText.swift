/// A text that was changed, and where each piece of it came from: places that are found in it can be told in the original.
///
/// Changes follow one another; each keeps the way back to the original. A piece that a change made as a whole (`ﬁ` became
/// `fi`) came as a whole from what it replaced.
public struct AlignedText: Sendable, Equatable {
    /// The text as it was.
    public let original: String
    /// The text as it is now.
    public internal(set) var text: String
    var map: AlignmentMap

    /// A text that has not changed yet.
    public init(_ text: String) {
        original = text
        self.text = text
        map = AlignmentMap(length: text.utf8.count)
    }

    /// Where in the original a range of the text came from, both in bytes of UTF-8. An empty range is the place after what
    /// came before it, and so is text that was put in where nothing was.
    public func originalRange(_ range: Range<Int>) -> Range<Int> {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= map.length,
            "AlignedText: originalRange(\(range)) of a text of \(map.length) bytes")
        return map.originalRange(range)
    }

    /// A piece of the text, by its bytes of UTF-8, and what is to stand in its place.
    public struct Replacement: Sendable, Equatable {
        /// Which bytes of the text.
        public let range: Range<Int>
        /// What stands there afterwards; empty to remove the piece.
        public let text: String

        /// A piece and what is to stand in its place.
        public init(_ range: Range<Int>, with text: String) {
            self.range = range
            self.text = text
        }
    }

    /// Pieces replaced by others.
    ///
    /// - Parameter replacements: in the order of the text and apart from each other; each between code points.
    public func replacing(_ replacements: [Replacement]) -> AlignedText {
        if replacements.isEmpty { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(map.length)
        var edits: [Edit] = []
        text.withBytes { old in
            var done = 0
            for piece in replacements {
                precondition(
                    done <= piece.range.lowerBound && piece.range.upperBound <= old.count
                        && old.isBoundary(piece.range.lowerBound)
                        && old.isBoundary(piece.range.upperBound),
                    "AlignedText: replacing(\(piece.range)) after \(done) of \(old.count) bytes")
                bytes.append(contentsOf: old[done..<piece.range.lowerBound])
                bytes.append(contentsOf: piece.text.utf8)
                edits.append(Edit(old: 1, new: 1, count: piece.range.lowerBound - done))
                edits.append(
                    Edit(old: piece.range.count, new: piece.text.utf8.count, count: 1))
                done = piece.range.upperBound
            }
            bytes.append(contentsOf: old[done...])
            edits.append(Edit(old: 1, new: 1, count: old.count - done))
        }
        return applying(String(decoding: bytes, as: UTF8.self), edits)
    }

    /// So many pieces of `old` bytes in a row that became pieces of `new` bytes; 1 and 1 for bytes that stay.
    struct Edit: Equatable {
        let old: Int
        let new: Int
        let count: Int
    }

    /// The same original with another text, to which the edits lead.
    func applying(_ text: String, _ edits: [Edit]) -> AlignedText {
        var result = self
        result.text = text
        result.map = map.applying(edits)
        return result
    }
}
