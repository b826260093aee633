extension SubwordText {
    /// Cuts pieces at code points.
    mutating func split(
        at isMatch: (UInt32) -> Bool, _ behavior: SubwordTokenizer.SplitBehavior
    ) {
        split { bytes, range, put in
            var merger = PieceMerger(behavior, from: range.lowerBound)
            var start = range.lowerBound
            while start < range.upperBound {
                let (scalar, length) = bytes.scalar(at: start)
                if isMatch(scalar) { merger.add(match: start..<(start + length), put) }
                start += length
            }
            merger.finish(at: range.upperBound, put)
        }
    }

    /// Cuts pieces at matches, or at what is between them.
    mutating func split(
        at pattern: SubwordTokenizer.Pattern, _ behavior: SubwordTokenizer.SplitBehavior,
        inverts: Bool
    ) {
        split { bytes, range, put in
            let matches = pattern.matches(bytes, in: range)
            var merger = PieceMerger(behavior, from: range.lowerBound)
            for match in matches {
                merger.add(merger.end..<match.lowerBound, isMatch: inverts, put)
                merger.add(match, isMatch: !inverts, put)
            }
            merger.add(merger.end..<range.upperBound, isMatch: inverts, put)
            merger.finish(at: range.upperBound, put)
        }
    }

    /// Words, and runs of what is neither word nor white space.
    mutating func splitWords() {
        split { bytes, range, put in
            var start = range.lowerBound
            var isWord: Bool?
            bytes.forEachScalar(in: range) { scalar, index in
                let kind =
                    Scalars.isWord(scalar) ? true : Scalars.isWhitespace(scalar) ? nil : false
                if kind != isWord {
                    if isWord != nil { put(start..<index) }
                    (start, isWord) = (index, kind)
                }
            }
            if isWord != nil { put(start..<range.upperBound) }
        }
    }

    /// Words without white space, every punctuation sign on its own.
    mutating func splitForBERT() {
        split { bytes, range, put in
            var start = range.lowerBound
            var index = start
            while index < range.upperBound {
                let (scalar, length) = bytes.scalar(at: index)
                if Scalars.isWhitespace(scalar) {
                    put(start..<index)
                    start = index + length
                } else if Scalars.isPunctuation(scalar) {
                    put(start..<index)
                    put(index..<(index + length))
                    start = index + length
                }
                index += length
            }
            put(start..<range.upperBound)
        }
    }

    /// GPT-2's words, their bytes as code points that can be seen.
    mutating func splitForByteLevel(addsPrefixSpace: Bool, usesRegex: Bool) {
        if addsPrefixSpace {
            prepend(" ") { $0.first != UInt8(ascii: " ") }
        }
        if usesRegex {
            split { bytes, range, put in
                var start = range.lowerBound
                while start < range.upperBound {
                    let end = WordPattern.gpt2.end(bytes, from: start, limit: range.upperBound)
                    put(start..<end)
                    start = end
                }
            }
        }
        mapBytes()
    }

    /// Spaces as another sign, before each of which the text is cut.
    mutating func splitAtSpaces(
        _ replacement: Unicode.Scalar, _ scheme: SubwordTokenizer.PrependScheme, splits: Bool
    ) {
        let sign = Array(String(Character(replacement)).utf8)
        if contains({ $0.contains(UInt8(ascii: " ")) }) {
            rewrite { bytes, range, writer in
                bytes.forEachScalar(in: range) { scalar, index in
                    writer.put(scalar == 0x20 ? replacement.value : scalar, at: index, of: bytes)
                }
            }
        }
        if scheme != .never {
            let origins = Set(
                pieces.filter { origin($0.range).lowerBound == 0 }.map(\.range.lowerBound))
            prepend(String(Character(replacement))) { piece, start in
                (scheme == .always || origins.contains(start)) && !piece.starts(with: sign)
            }
        }
        if splits { split(at: { $0 == replacement.value }, .mergedWithNext) }
    }

    /// Pieces of so many code points.
    mutating func split(every count: Int) {
        split { bytes, range, put in
            var start = range.lowerBound
            var length = 0
            bytes.forEachScalar(in: range) { _, index in
                if length == count {
                    put(start..<index)
                    (start, length) = (index, 0)
                }
                length += 1
            }
            put(start..<range.upperBound)
        }
    }

    /// Puts a text before the pieces for which the closure, given the piece and where it begins, says so.
    private mutating func prepend(
        _ text: String, where isWanted: (Slice<UnsafeBufferPointer<UInt8>>, Int) -> Bool
    ) {
        rewrite { bytes, range, writer in
            if isWanted(bytes[range], range.lowerBound) {
                writer.put(text, at: range.lowerBound, of: bytes)
            }
            writer.keep(range, of: bytes)
        }
    }

    private mutating func prepend(
        _ text: String, where isWanted: (Slice<UnsafeBufferPointer<UInt8>>) -> Bool
    ) {
        prepend(text) { piece, _ in isWanted(piece) }
    }
}

/// Puts together matches and what is between them as a behaviour has it.
private struct PieceMerger {
    private let behavior: SubwordTokenizer.SplitBehavior
    /// What may still grow.
    private var pending: Range<Int>?
    /// Whether the part before was a match.
    private var isAfterMatch = false
    /// Where the part before ended.
    private(set) var end: Int

    init(_ behavior: SubwordTokenizer.SplitBehavior, from start: Int) {
        self.behavior = behavior
        end = start
    }

    /// Adds a match behind what is before it.
    mutating func add(match: Range<Int>, _ put: (Range<Int>) -> Void) {
        add(end..<match.lowerBound, isMatch: false, put)
        add(match, isMatch: true, put)
    }

    /// Adds the part that follows, whether it is a match or not.
    mutating func add(_ part: Range<Int>, isMatch: Bool, _ put: (Range<Int>) -> Void) {
        guard !part.isEmpty else { return }
        end = part.upperBound
        let joins: Bool
        switch behavior {
        case .removed: return isMatch ? () : put(part)
        case .isolated: return put(part)
        case .mergedWithPrevious: joins = isMatch && !isAfterMatch
        case .mergedWithNext: joins = !isMatch && isAfterMatch
        case .contiguous: joins = isMatch == isAfterMatch
        }
        if let start = pending?.lowerBound, joins {
            pending = start..<part.upperBound
        } else {
            if let pending { put(pending) }
            pending = part
        }
        isAfterMatch = isMatch
    }

    /// Ends with what is behind the last match.
    mutating func finish(at limit: Int, _ put: (Range<Int>) -> Void) {
        add(end..<limit, isMatch: false, put)
        if let pending { put(pending) }
    }
}
