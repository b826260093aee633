internal import Dispatch
internal import Martlet
internal import Synchronization

/// Turns texts into the ids that a network reads: cleans them, cuts them into tokens, looks these up in a vocabulary, and cuts
/// off what is too long.
public struct TextVectorizer: Sendable {
    /// All that it is, in a form to keep in a model file.
    public struct Form: Codable, Sendable, Equatable {
        /// What is done to texts first.
        public var cleaner: TextCleaner
        /// What cuts them.
        public var tokenizer: TokenizerForm
        /// Words that are left out, as they are after cleaning.
        public var stopWords: [String]
        /// The language whose words are cut to their stems; nil: they are not.
        public var stemming: Stemmer.Language?
        /// The tokens with ids.
        public var vocabulary: Vocabulary
        /// The most tokens of a text.
        public var maximumLength: Int
        /// Which tokens of longer texts are kept.
        public var truncation: Truncation
        /// Whether `sentenceEnd` follows the last token of each sentence.
        public var marksSentences = false
        /// How many further ids the pairs of neighbouring tokens share (see `FastText.features`); 0: pairs have none.
        public var pairBuckets = 0

        /// All but the vocabulary, which is fitted to texts.
        public init(
            cleaner: TextCleaner, tokenizer: TokenizerForm, stopWords: [String] = [],
            stemming: Stemmer.Language? = nil, maximumLength: Int, truncation: Truncation = .head
        ) {
            self.cleaner = cleaner
            self.tokenizer = tokenizer
            self.stopWords = stopWords
            self.stemming = stemming
            self.maximumLength = maximumLength
            self.truncation = truncation
            vocabulary = Vocabulary(TokenCounts())
        }

        /// The tokens that a vocabulary has whatever the texts are, in order.
        public var specialTokens: [String] {
            Vocabulary.alwaysThere + furtherSpecialTokens
        }

        fileprivate var furtherSpecialTokens: [String] {
            (marksSentences ? [TextVectorizer.sentenceEnd] : []) + cleaner.specialTokens
        }
    }

    /// A text as a network reads it.
    public struct Vector: Sendable {
        /// One or more: a text without tokens is one unknown token. The pairs' ids, if any, follow the tokens'.
        public let ids: [Int32]
        /// The tokens that the ids stand for, with their places in the text; none for a text without tokens.
        public let tokens: [Token]
        /// How many tokens were left out for the text's length.
        public let truncated: Int
        /// How many of the ids are that of unknown tokens.
        public let unknown: Int
    }

    /// The token that ends sentences, where the form wants it.
    public static let sentenceEnd = "<eos>"

    /// All that it is.
    public let form: Form
    private let tokenizer: any Tokenizer

    /// What a form says.
    ///
    /// - Throws: an error that says what is wrong with it.
    public init(_ form: Form) throws {
        guard form.maximumLength >= 1 else {
            throw VocabularyError(description: "texts of at most \(form.maximumLength) tokens")
        }
        guard !form.marksSentences || form.vocabulary.id(of: TextVectorizer.sentenceEnd) != nil
        else {
            throw VocabularyError(description: "there is no token \(TextVectorizer.sentenceEnd)")
        }
        try self.init(cuttingBy: form)
    }

    /// One whose vocabulary may be yet to come.
    private init(cuttingBy form: Form) throws {
        self.form = form
        tokenizer = CleaningTokenizer(
            try form.tokenizer.make(), cleaner: form.cleaner,
            stopWords: form.stopWords.isEmpty ? nil : StopWords(form.stopWords),
            stemmer: form.stemming.map { Stemmer($0) })
    }

    /// Fits a vocabulary to the texts that are to be trained on.
    ///
    /// - Parameters:
    ///   - form: all but the vocabulary, which is replaced.
    ///   - minimumCount: rarer tokens are unknown.
    ///   - maximumSize: the most tokens; nil for all.
    public init(
        fitting texts: [String], _ form: Form, minimumCount: Int = 1, maximumSize: Int? = nil
    ) throws {
        let fitting = try TextVectorizer(cuttingBy: form)
        var counts = TokenCounts()
        for tokens in fitting.tokens(texts) { counts.add(tokens) }
        var form = form
        form.vocabulary = Vocabulary(
            counts,
            special: form.furtherSpecialTokens,
            minimumCount: minimumCount,
            maximumSize: maximumSize)
        try self.init(form)
    }

    /// The tokens with ids.
    public var vocabulary: Vocabulary { form.vocabulary }

    /// How many ids there are, those of pairs included.
    public var idCount: Int { vocabulary.count + form.pairBuckets }

    /// The id of the token that ends sentences; nil where the form does not want it.
    public var sentenceEndID: Int? {
        form.marksSentences ? vocabulary.id(of: TextVectorizer.sentenceEnd) : nil
    }

    /// What it is, in words.
    public var summary: String {
        "tokens: \(form.tokenizer.name), \(vocabulary.count) known"
    }

    /// A text as ids.
    public func callAsFunction(_ text: String) -> Vector {
        let all = tokens(of: text)
        let ranges = form.truncation.kept(of: all.count, limit: form.maximumLength)
        let tokens = ranges.flatMap { all[$0] }
        var ids = vocabulary.ids(of: tokens.lazy.map(\.text))
        if ids.isEmpty { ids = [vocabulary.unknownID] }
        let unknown = ids.count { $0 == vocabulary.unknownID }
        if form.pairBuckets > 0 {
            ids = FastText.features(
                of: ids, vocabulary: vocabulary.count, buckets: form.pairBuckets)
        }
        return Vector(
            ids: ids.map(Int32.init), tokens: tokens, truncated: all.count - tokens.count,
            unknown: unknown)
    }

    /// Texts as ids, in order, on as many threads as operations have: `Threads.count`.
    public func callAsFunction(_ texts: [String]) -> [Vector] { concurrently(texts) { self($0) } }

    /// The tokens of texts, whether they are known or not.
    public func tokens(_ texts: [String]) -> [[String]] {
        concurrently(texts) { tokens(of: $0).map(\.text) }
    }

    /// The tokens of a text, with the ends of sentences where the form wants them.
    private func tokens(of text: String) -> [Token] {
        let tokens = tokenizer.tokens(text)
        guard form.marksSentences else { return tokens }
        var ends = UnicodeText.sentences(text).map(\.upperBound)[...]
        var result: [Token] = []
        for token in tokens {
            while let end = ends.first, end <= token.range.lowerBound {
                ends.removeFirst()
                // One without tokens is none.
                if let last = result.last, last.text != TextVectorizer.sentenceEnd {
                    result.append(mark(after: last))
                }
            }
            result.append(token)
        }
        if let last = result.last { result.append(mark(after: last)) }
        return result
    }

    /// A sentence's end behind a token.
    private func mark(after token: Token) -> Token {
        Token(
            TextVectorizer.sentenceEnd, range: token.range.upperBound..<token.range.upperBound)
    }

    private func concurrently<Result: Sendable>(
        _ texts: [String], _ transform: @Sendable (String) -> Result
    ) -> [Result] {
        let part = 256
        let parts = (texts.count + part - 1) / part
        let results = Mutex([[Result]](repeating: [], count: parts))
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(parts, Threads.count)) { _ in
            while case let index = next.add(1, ordering: .relaxed).oldValue, index < parts {
                let own = texts[(index * part)..<min((index + 1) * part, texts.count)]
                    .map(transform)
                results.withLock { $0[index] = own }
            }
        }
        return results.withLock { Array($0.joined()) }
    }
}
