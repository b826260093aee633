extension SubwordTokenizer {
    /// The tokens of a text or two, and what models want to know of them; every list has one item for each token.
    public struct Encoding: Sendable, Equatable {
        /// The numbers of the tokens.
        public internal(set) var ids: [Int] = []
        /// The tokens as the vocabulary has them.
        public internal(set) var tokens: [String] = []
        /// Where each token comes from, in bytes of UTF-8 of its text; empty for tokens that a post-processor or padding
        /// put in. Tokens that are bytes of one code point all have its range.
        public internal(set) var ranges: [Range<Int>] = []
        /// Which text each token is of: 0 for the first and 1 for the second, where the post-processor does not say
        /// otherwise.
        public internal(set) var typeIDs: [Int] = []
        /// The number of the word in its text that a token is a part of; nil for tokens that were put in.
        public internal(set) var wordIDs: [Int?] = []
        /// Whether a token was put in by a post-processor or padding.
        public internal(set) var specialTokensMask: [Bool] = []
        /// Whether a token is for the model to look at: all but padding.
        public internal(set) var attentionMask: [Bool] = []

        /// The encoding of nothing.
        public init() {}

        /// How many tokens there are.
        public var count: Int { ids.count }

        /// The ranges counted in code points, which other programs have, of a text that all tokens are of.
        public func scalarRanges(in text: String) -> [Range<Int>] {
            // For each byte, how many code points begin before it.
            var counts: [Int] = []
            counts.reserveCapacity(text.utf8.count + 1)
            var count = 0
            for byte in text.utf8 {
                if byte & 0xC0 != 0x80 { count += 1 }
                counts.append(count - 1)
            }
            counts.append(count)
            return ranges.map { range in
                precondition(
                    range.upperBound < counts.count,
                    "Encoding.scalarRanges: a token ends at byte \(range.upperBound) of a text of "
                        + "\(counts.count - 1)")
                return counts[range.lowerBound]..<counts[range.upperBound]
            }
        }

        mutating func append(
            _ id: Int, _ token: String, _ range: Range<Int>, type: Int, word: Int?, isSpecial: Bool
        ) {
            ids.append(id)
            tokens.append(token)
            ranges.append(range)
            typeIDs.append(type)
            wordIDs.append(word)
            specialTokensMask.append(isSpecial)
            attentionMask.append(true)
        }

        mutating func reserve(_ count: Int) {
            ids.reserveCapacity(count)
            tokens.reserveCapacity(count)
            ranges.reserveCapacity(count)
            typeIDs.reserveCapacity(count)
            wordIDs.reserveCapacity(count)
            specialTokensMask.reserveCapacity(count)
            attentionMask.reserveCapacity(count)
        }

        mutating func append(_ other: Encoding) {
            ids += other.ids
            tokens += other.tokens
            ranges += other.ranges
            typeIDs += other.typeIDs
            wordIDs += other.wordIDs
            specialTokensMask += other.specialTokensMask
            attentionMask += other.attentionMask
        }

        /// Leaves only some of the tokens, those of the beginning or the end.
        mutating func truncate(to count: Int, atStart: Bool) {
            guard count < self.count else { return }
            let kept = atStart ? (self.count - count)..<self.count : 0..<count
            ids = Array(ids[kept])
            tokens = Array(tokens[kept])
            ranges = Array(ranges[kept])
            typeIDs = Array(typeIDs[kept])
            wordIDs = Array(wordIDs[kept])
            specialTokensMask = Array(specialTokensMask[kept])
            attentionMask = Array(attentionMask[kept])
        }
    }
}
