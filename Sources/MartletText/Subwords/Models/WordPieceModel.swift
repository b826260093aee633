/// Takes the longest token that a word begins with, and goes on behind it with tokens that have a prefix (Schuster and
/// Nakajima, "Japanese and Korean voice search", 2012; Wu et al., "Google's neural machine translation system", 2016); a
/// word where that finds no token at some place is unknown as a whole.
struct WordPieceModel: Sendable {
    let vocabulary: SubwordVocabulary
    /// What stands for words that cannot be put together.
    let unknownToken: String
    /// What tokens begin with that do not begin a word.
    let continuingPrefix: String
    /// Words of more code points are unknown.
    let longestWord: Int
    private let unknown: Int32
    private let trie: ByteTrie
    /// Where tokens go on that do not begin a word; nil where there are none.
    private let continuation: Int?

    /// - Throws: `SubwordProblem` where the unknown token is not in the vocabulary.
    init(
        _ vocabulary: SubwordVocabulary, unknownToken: String = "[UNK]",
        continuingPrefix: String = "##", longestWord: Int = 100
    ) throws(SubwordProblem) {
        unknown = try vocabulary.unknown(unknownToken)
        trie = ByteTrie(vocabulary.entries.map { (Array($0.token.utf8), $0.id) })
        continuation = trie.node(continuingPrefix.utf8)
        self.vocabulary = vocabulary
        self.unknownToken = unknownToken
        self.continuingPrefix = continuingPrefix
        self.longestWord = longestWord
    }

    func tokenize(_ word: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) {
        let first = tokens.count
        var start = 0
        var isKnown = word.count <= longestWord || scalarCount(word) <= longestWord
        while isKnown, start < word.count {
            let node = start == 0 ? ByteTrie.root : continuation
            if let node, let found = trie.longest(in: word, from: start, node: node) {
                tokens.append(
                    ModelToken(
                        id: Int32(found.value), start: Int32(start), end: Int32(found.end)))
                start = found.end
            } else {
                isKnown = false
            }
        }
        if !isKnown {
            tokens.removeSubrange(first...)
            tokens.append(ModelToken(id: unknown, start: 0, end: Int32(word.count)))
        }
    }

    private func scalarCount(_ word: UnsafeBufferPointer<UInt8>) -> Int {
        word.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
    }
}
