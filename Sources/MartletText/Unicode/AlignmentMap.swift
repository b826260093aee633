/// Which bytes of a changed text came from which of the original, as runs of pieces that are all alike: a text in full
/// width made ordinary is one run of pieces of one byte from pieces of three.
struct AlignmentMap: Sendable, Equatable {
    private struct Run: Sendable, Equatable {
        /// Where it begins in the text.
        var start: Int
        /// Where it came from in the original.
        var original: Int
        /// Bytes of a piece in the text, at least 1, and in the original.
        var piece: Int
        var originalPiece: Int
    }

    /// They cover the text; a run ends where the next begins.
    private var runs: [Run] = []
    /// Bytes of the text.
    private(set) var length = 0

    /// A text that did not change.
    init(length: Int) { append(length, original: 0, piece: 1, originalPiece: 1) }

    private init() {}

    /// Where a range of the text came from; an empty one is the place after what came before it.
    func originalRange(_ range: Range<Int>) -> Range<Int> {
        var cursor = index(of: range.lowerBound)
        return originalRange(range, from: &cursor)
    }

    /// The same with its changes made after these.
    func applying(_ edits: [AlignedText.Edit]) -> AlignmentMap {
        var result = AlignmentMap()
        var (place, cursor) = (0, 0)
        for edit in edits {
            if edit.old == 1 && edit.new == 1 {
                copy(place..<(place + edit.count), from: &cursor, to: &result)
                place += edit.count
                continue
            }
            for _ in 0..<edit.count {
                let range = place..<(place + edit.old)
                place += edit.old
                if edit.new == 0 { continue }
                let original = originalRange(range, from: &cursor)
                result.append(
                    edit.new, original: original.lowerBound, piece: edit.new,
                    originalPiece: original.count)
            }
        }
        return result
    }

    private mutating func append(_ count: Int, original: Int, piece: Int, originalPiece: Int) {
        if count == 0 { return }
        if let last = runs.last, last.piece == piece, last.originalPiece == originalPiece,
            last.original + (length - last.start) / piece * originalPiece == original
        {
            length += count
            return
        }
        runs.append(
            Run(start: length, original: original, piece: piece, originalPiece: originalPiece))
        length += count
    }

    /// Copies the runs of a range of the text. Where it begins or ends within a piece, the part came from all of the piece.
    private func copy(
        _ range: Range<Int>, from cursor: inout Int, to result: inout AlignmentMap
    ) {
        var place = range.lowerBound
        while place < range.upperBound {
            advance(&cursor, to: place)
            let run = runs[cursor]
            let end = min(range.upperBound, self.end(of: cursor))
            let offset = (place - run.start) % run.piece
            let original = run.original + (place - run.start) / run.piece * run.originalPiece
            let whole = offset == 0 ? (end - place) / run.piece * run.piece : 0
            let part = min(end - place, run.piece - offset)
            result.append(
                whole > 0 ? whole : part, original: original, piece: whole > 0 ? run.piece : part,
                originalPiece: run.originalPiece)
            place += whole > 0 ? whole : part
        }
    }

    private func originalRange(_ range: Range<Int>, from cursor: inout Int) -> Range<Int> {
        if range.isEmpty && range.lowerBound == 0 { return 0..<0 }
        advance(&cursor, to: range.isEmpty ? range.lowerBound - 1 : range.lowerBound)
        let first = runs[cursor]
        let lower =
            first.original + (range.lowerBound - first.start) / first.piece * first.originalPiece
        if !range.isEmpty { advance(&cursor, to: range.upperBound - 1) }
        let last = runs[cursor]
        let upper =
            last.original
            + (range.upperBound - 1 - last.start) / last.piece * last.originalPiece
            + last.originalPiece
        return range.isEmpty ? upper..<upper : lower..<upper
    }

    private func end(of index: Int) -> Int {
        index + 1 < runs.count ? runs[index + 1].start : length
    }

    /// Moves on to the run that has a place.
    private func advance(_ cursor: inout Int, to place: Int) {
        while cursor + 1 < runs.count && runs[cursor + 1].start <= place { cursor += 1 }
    }

    /// The run that has a place or, for an empty range there, the place before.
    private func index(of place: Int) -> Int {
        var (low, high) = (0, runs.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if runs[middle].start < place { low = middle } else { high = middle }
        }
        return low
    }
}
