internal import MartletData

/// Byte pair encoding (Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016):
/// a word begins as its characters, and of the neighbours that have a merge those with the lowest rank become one token,
/// the leftmost first, until none is left.
struct BPEModel: Sendable {
    /// What a file says of a model beside its vocabulary and merges.
    struct Options: Sendable, Equatable {
        /// What stands for characters that are not in the vocabulary; where nil, they are dropped.
        var unknownToken: String?
        /// What tokens begin with that do not begin a word.
        var continuingPrefix: String?
        /// What tokens end with that end a word.
        var endOfWordSuffix: String?
        /// Whether unknown characters that follow one another are one token.
        var fusesUnknown = false
        /// Whether unknown characters become the tokens of their bytes, `<0x00>` to `<0xFF>`, where all of them are there.
        var byteFallback = false
        /// Whether a word that is a token is not merged, however it would come out.
        var ignoresMerges = false
    }

    let vocabulary: SubwordVocabulary
    /// The pairs of tokens that become one, the first to be merged first.
    let merges: [(left: String, right: String)]
    let options: Options
    let table: MergeTable
    private let unknown: Int32?
    private let byteIDs: [Int32?]
    /// The tokens of the first 2,048 code points, which are all that take one or two bytes; -1 where there is none.
    private let shortIDs: [Int32]

    /// - Throws: `SubwordProblem` where a merge's tokens are not in the vocabulary.
    init(
        _ vocabulary: SubwordVocabulary, merges: [(left: String, right: String)], options: Options
    ) throws(SubwordProblem) {
        var table = MergeTable(capacity: merges.count)
        let prefix = options.continuingPrefix?.utf8.count ?? 0
        for (rank, merge) in merges.enumerated() {
            let joined = Array(merge.left.utf8) + merge.right.utf8.dropFirst(prefix)
            guard let left = vocabulary.id(merge.left), let right = vocabulary.id(merge.right),
                let result = joined.withUnsafeBufferPointer({ vocabulary.id($0) })
            else {
                throw SubwordProblem(
                    "the merge of \(quoted(merge.left)) and \(quoted(merge.right))",
                    expected: "both, and what they become, in the vocabulary")
            }
            table.insert(left, right, rank: rank, result: result)
        }
        try self.init(vocabulary, merges: merges, table: table, options: options)
    }

    /// - Throws: `SubwordProblem` where the unknown token is not in the vocabulary.
    init(
        _ vocabulary: SubwordVocabulary, merges: [(left: String, right: String)] = [],
        table: MergeTable, options: Options
    ) throws(SubwordProblem) {
        if let token = options.unknownToken {
            unknown = try vocabulary.unknown(token)
        } else {
            unknown = nil
        }
        shortIDs = (0..<0x800).map { value in
            Unicode.Scalar(UInt32(value)).flatMap { vocabulary.id(String(Character($0))) } ?? -1
        }
        byteIDs = options.byteFallback ? vocabulary.byteIDs() : []
        self.vocabulary = vocabulary
        self.merges = merges
        self.options = options
        self.table = table
    }

    func tokenize(
        _ word: UnsafeBufferPointer<UInt8>, _ merging: inout BPEMerging,
        into tokens: inout [ModelToken]
    ) {
        if options.ignoresMerges, let id = vocabulary.id(word) {
            tokens.append(ModelToken(id: id, start: 0, end: Int32(word.count)))
            return
        }
        merging.removeAll()
        addCharacters(of: word, to: &merging)
        merging.merge(table)
        merging.append(to: &tokens)
    }

    /// Begins with the tokens of single characters.
    private func addCharacters(
        of word: UnsafeBufferPointer<UInt8>, to merging: inout BPEMerging
    ) {
        let isPlain = options.continuingPrefix == nil && options.endOfWordSuffix == nil
        var start = 0
        // Whether the last one added is unknown, to be fused with the next.
        var isAfterUnknown = false
        while start < word.count {
            let (scalar, length) = word.scalar(at: start)
            let end = start + length
            let id: Int32?
            if isPlain, scalar < 0x800 {
                let short = shortIDs[Int(scalar)]
                id = short < 0 ? nil : short
            } else {
                id = characterID(word, start..<end, isPlain: isPlain)
            }
            if let id {
                merging.add(id, start, end)
                isAfterUnknown = false
            } else if options.byteFallback, addBytes(word, start..<end, to: &merging) {
                isAfterUnknown = false
            } else if let unknown {
                if isAfterUnknown, options.fusesUnknown {
                    merging.extendLast(to: end)
                } else {
                    merging.add(unknown, start, end)
                }
                isAfterUnknown = true
            }
            start = end
        }
    }

    private func characterID(
        _ word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, isPlain: Bool
    ) -> Int32? {
        let bytes = UnsafeBufferPointer(rebasing: word[range])
        if isPlain { return vocabulary.id(bytes) }
        return dressed(
            bytes, isFirst: range.lowerBound == 0, isLast: range.upperBound == word.count
        )
        .withUnsafeBufferPointer { vocabulary.id($0) }
    }

    /// A character with the prefix and suffix that it has at its place in a word.
    private func dressed(
        _ bytes: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool
    ) -> [UInt8] {
        var result: [UInt8] = []
        if !isFirst, let prefix = options.continuingPrefix { result += prefix.utf8 }
        result += bytes
        if isLast, let suffix = options.endOfWordSuffix { result += suffix.utf8 }
        return result
    }

    /// Adds the tokens of a character's bytes; false where one is not in the vocabulary.
    private func addBytes(
        _ word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, to merging: inout BPEMerging
    ) -> Bool {
        let bytes = dressed(
            UnsafeBufferPointer(rebasing: word[range]), isFirst: range.lowerBound == 0,
            isLast: range.upperBound == word.count)
        let ids = bytes.compactMap { byteIDs[Int($0)] }
        guard ids.count == bytes.count else { return false }
        for (index, id) in ids.enumerated() {
            let start = min(range.lowerBound + index, range.upperBound - 1)
            merging.add(id, start, min(start + 1, range.upperBound))
        }
        return true
    }
}
