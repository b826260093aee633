/// Makes tokenisers of texts: vocabularies of a given size, the same for the same texts.
public struct SubwordTrainer: Sendable {
    /// What a vocabulary is for.
    public enum Kind: Sendable, Equatable {
        /// Byte pair encoding; with what tokens begin that do not begin a word, and end that end one.
        case bpe(continuingPrefix: String? = nil, endOfWordSuffix: String? = nil)
        /// WordPiece, whose vocabulary is that of byte pair encoding.
        case wordPiece(continuingPrefix: String = "##")
        /// Whole words, the most frequent first.
        case wordLevel
        /// A language model of single tokens, found by expectation maximisation (Kudo, "Subword regularization", 2018).
        case unigram(longestToken: Int = 16)
    }

    /// What the vocabulary is for.
    public var kind: Kind
    /// The most tokens it has, special ones and single characters among them; these are never too many.
    public var vocabularySize = 30000
    /// Tokens that are not of the texts, which get the first ids.
    public var specialTokens: [String] = []
    /// The special token for what is unknown; nil for none, which WordPiece and whole words do not allow.
    public var unknownToken: String?
    /// What comes less often is no token, or not merged.
    public var leastCount = 0
    /// Characters that are tokens whether they come or not; those of `SubwordTrainer.bytes` for byte-level models.
    public var alphabet: [Unicode.Scalar] = []
    /// The most characters that are tokens, the most frequent; nil for all.
    public var alphabetLimit: Int?
    /// What texts go through first.
    public var normalizer: SubwordTokenizer.Normalizer?
    /// What cuts texts into words.
    public var preTokenizer: SubwordTokenizer.PreTokenizer?

    /// A trainer of vocabularies of a kind.
    public init(_ kind: Kind) { self.kind = kind }

    /// The code points that stand for bytes in byte-level models.
    public static let bytes: [Unicode.Scalar] = ByteLevel.scalars.compactMap { Unicode.Scalar($0) }

    /// A tokeniser made of texts.
    ///
    /// - Returns: one without post-processor and decoder, which may be set.
    public func train(_ texts: some Sequence<String>) -> SubwordTokenizer {
        if let unknownToken {
            precondition(
                specialTokens.contains { $0.utf8.elementsEqual(unknownToken.utf8) },
                "SubwordTrainer.train: the unknown token '\(unknownToken)' is none of the special tokens"
            )
        } else {
            let needsUnknown =
                switch kind {
                case .wordLevel, .wordPiece: true
                case .bpe, .unigram: false
                }
            precondition(
                !needsUnknown, "SubwordTrainer.train: no unknown token, which \(kind) needs")
        }
        let words = WordCounts(texts, normalizer: normalizer, preTokenizer: preTokenizer).sorted
        do throws(SubwordProblem) {
            return try tokenizer(words)
        } catch {
            preconditionFailure(
                "SubwordTrainer.train: \(error.problem); expected \(error.expected)")
        }
    }

    private func tokenizer(
        _ words: [(word: ArraySlice<UInt8>, count: Int)]
    ) throws(SubwordProblem) -> SubwordTokenizer {
        let model: SubwordModel
        switch kind {
        case .bpe(let prefix, let suffix):
            let trained = BPETraining(self, words, prefix: prefix, suffix: suffix)
            var options = BPEModel.Options()
            options.unknownToken = unknownToken
            options.continuingPrefix = prefix
            options.endOfWordSuffix = suffix
            model = .bpe(
                try BPEModel(
                    try vocabulary(trained.tokens), merges: trained.merges, options: options))
        case .wordPiece(let prefix):
            let trained = BPETraining(self, words, prefix: prefix, suffix: nil)
            model = .wordPiece(
                try WordPieceModel(
                    try vocabulary(trained.tokens), unknownToken: unknownToken ?? "",
                    continuingPrefix: prefix))
        case .wordLevel:
            let kept = words.filter { $0.count >= leastCount }
                .sorted { $0.count > $1.count }
                .map { String(decoding: $0.word, as: UTF8.self) }
            var tokens = ByteTable()
            for token in specialTokens + kept where tokens.count < vocabularySize {
                tokens.insert(token)
            }
            model = .wordLevel(
                try WordLevelModel(try vocabulary(tokens.texts), unknownToken: unknownToken ?? ""))
        case .unigram(let longest):
            let trained = UnigramTraining(self, words, longestToken: longest)
            model = .unigram(
                UnigramModel(
                    try vocabulary(trained.tokens.map(\.text)),
                    scores: trained.tokens.map(\.score),
                    unknown: unknownToken.flatMap { unknown in
                        specialTokens.firstIndex { $0.utf8.elementsEqual(unknown.utf8) }
                    }, options: .init()))
        }
        let added = specialTokens.enumerated().map {
            SubwordTokenizer.AddedToken($1, id: $0)
        }
        return try SubwordTokenizer(
            model, normalizer: normalizer, preTokenizer: preTokenizer, added: added)
    }

    private func vocabulary(_ tokens: [String]) throws(SubwordProblem) -> SubwordVocabulary {
        try SubwordVocabulary(tokens.enumerated().map { ($1, $0) })
    }
}

extension ByteTable {
    /// All strings, in the order of their numbers.
    var texts: [String] { (0..<count).map { String(decoding: bytes($0), as: UTF8.self) } }
}
