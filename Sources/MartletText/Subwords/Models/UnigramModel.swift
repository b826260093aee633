/// A language model of single tokens (Kudo, "Subword regularization", 2018): of all ways to cut a word into tokens the one
/// whose log probabilities have the greatest sum, found by Viterbi's algorithm.
struct UnigramModel: Sendable {
    /// What a file says of a model beside its vocabulary.
    struct Options: Sendable, Equatable {
        /// Whether unknown characters become the tokens of their bytes, `<0x00>` to `<0xFF>`, where all of them are there.
        var byteFallback = false
        /// Whether sums are kept with 32 bits, as SentencePiece does, where Hugging Face tokenizers has 64, and unknown
        /// characters that happen to be the name of a token stay unknown.
        var followsSentencePiece = false
    }

    let vocabulary: SubwordVocabulary
    /// The log probability of each token, at its id.
    let scores: [Double]
    /// The token of what is unknown; nil where the model has none.
    let unknown: Int32?
    let options: Options
    private let trie: ByteTrie
    private let unknownScore: Double
    private let byteIDs: [Int32?]

    /// How much less than the least probable token an unknown character is.
    private static let unknownPenalty = 10.0

    /// - Parameters:
    ///   - scores: one for each token.
    ///   - searched: the ids of the tokens that are looked for in texts; all when nil.
    ///   - leastScore: what unknown characters are less probable than; the least score when nil.
    init(
        _ vocabulary: SubwordVocabulary, scores: [Double], unknown: Int?, options: Options,
        searched: [Int]? = nil, leastScore: Double? = nil
    ) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknown = unknown.map { Int32($0) }
        self.options = options
        let ids = searched ?? Array(vocabulary.tokens.indices)
        trie = ByteTrie(
            ids.compactMap { id in vocabulary.token(id).map { (Array($0.utf8), id) } })
        let least = leastScore ?? scores.min() ?? 0
        unknownScore = least - UnigramModel.unknownPenalty
        byteIDs = options.byteFallback ? vocabulary.byteIDs() : []
    }

    func tokenize(
        _ word: UnsafeBufferPointer<UInt8>, _ path: inout UnigramPath,
        into tokens: inout [ModelToken]
    ) {
        path.reset(word.count)
        var start = 0
        while start < word.count {
            let score = path.nodes[start].score
            let length = UTF8Bytes.width(word[start])
            var isCovered = false
            var node = ByteTrie.root
            var end = start
            while end < word.count, let next = trie.child(of: node, word[end]) {
                node = next
                end += 1
                if let id = trie.value(node) {
                    path.offer(start, end, Int32(id), rounded(scores[id] + score))
                    if end == start + length { isCovered = true }
                }
            }
            if !isCovered {
                path.offer(start, start + length, unknown ?? -1, rounded(unknownScore + score))
            }
            start += length
        }
        path.collect(unknown: unknown ?? -1)
        for part in path.parts { append(part, of: word, to: &tokens) }
    }

    @inline(__always)
    private func rounded(_ sum: Double) -> Double {
        // Rounding the sum of two singles, which a double holds well enough, is their sum as singles.
        options.followsSentencePiece ? Double(Float(sum)) : sum
    }

    private func append(
        _ part: ModelToken, of word: UnsafeBufferPointer<UInt8>, to tokens: inout [ModelToken]
    ) {
        guard part.id == unknown ?? -1 else { return tokens.append(part) }
        let bytes = UnsafeBufferPointer(rebasing: word[Int(part.start)..<Int(part.end)])
        if !options.followsSentencePiece, let id = vocabulary.id(bytes) {
            return tokens.append(ModelToken(id: id, start: part.start, end: part.end))
        }
        if options.byteFallback {
            let ids = bytes.compactMap { byteIDs[Int($0)] }
            if ids.count == bytes.count {
                for id in ids {
                    tokens.append(ModelToken(id: id, start: part.start, end: part.end))
                }
                return
            }
        }
        // What a model without an unknown token does not know is left out.
        if unknown != nil { tokens.append(part) }
    }
}

/// The best ways to the places of a word.
struct UnigramPath {
    struct Node {
        var score = 0.0
        /// Where the last token of the best way begins; -1 where no way leads here.
        var start: Int32 = -1
        var id: Int32 = 0
    }

    fileprivate(set) var nodes: [Node] = []
    /// The tokens of the best way to the end, unknown ones that follow one another as one.
    private(set) var parts: [ModelToken] = []

    /// Begins with a word of so many bytes.
    fileprivate mutating func reset(_ count: Int) {
        nodes.removeAll(keepingCapacity: count < 1 << 16)
        nodes.append(contentsOf: repeatElement(Node(), count: count + 1))
        parts.removeAll(keepingCapacity: count < 1 << 16)
    }

    /// A way to a place, taken where it is better than that before.
    @inline(__always)
    fileprivate mutating func offer(
        _ start: Int, _ end: Int, _ id: Int32, _ score: Double
    ) {
        if nodes[end].start < 0 || score > nodes[end].score {
            nodes[end] = Node(score: score, start: Int32(start), id: id)
        }
    }

    fileprivate mutating func collect(unknown: Int32) {
        var end = Int32(nodes.count - 1)
        while end > 0 {
            let node = nodes[Int(end)]
            if node.id == unknown, let last = parts.last, last.id == unknown {
                parts[parts.count - 1].start = node.start
            } else {
                parts.append(ModelToken(id: node.id, start: node.start, end: end))
            }
            end = node.start
        }
        parts.reverse()
    }
}
