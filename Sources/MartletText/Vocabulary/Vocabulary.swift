/// The tokens that a network knows, each with an id: special tokens first, then the most frequent ones.
///
/// Tokens are told apart by their code points, not by what Swift's `String` takes for equal, so that a composed and a
/// decomposed letter are two tokens, as everywhere else in the field.
public struct Vocabulary: Sendable, Equatable {
    /// What fills short texts up; id 0.
    public static let padding = "<pad>"
    /// What stands for tokens that are not in the vocabulary; id 1.
    public static let unknown = "<unk>"

    /// The special tokens of every vocabulary.
    static let alwaysThere = [padding, unknown]

    /// By id.
    public let tokens: [String]
    /// The id of `unknown`.
    public let unknownID: Int
    /// The id of `padding`.
    public let paddingID: Int
    private let ids: [CodePoints: Int]

    /// A vocabulary of the tokens that were counted.
    ///
    /// - Parameters:
    ///   - counts: of the texts to train on.
    ///   - special: further special tokens, which come after `padding` and `unknown`; texts that contain them get their ids.
    ///   - minimumCount: rarer tokens are unknown.
    ///   - maximumSize: the most tokens, special ones included; nil for all.
    public init(
        _ counts: TokenCounts, special: [String] = [], minimumCount: Int = 1,
        maximumSize: Int? = nil
    ) {
        let first = Vocabulary.alwaysThere + special
        precondition(
            minimumCount >= 1 && maximumSize ?? first.count >= first.count,
            "Vocabulary: expected minimumCount of 1 or more and maximumSize of \(first.count) or more, "
                + "got \(minimumCount) and \(maximumSize ?? 0)")
        let taken = Set(first.map(CodePoints.init))
        let room = (maximumSize ?? .max) - first.count
        let others = counts.ordered.lazy.filter {
            $0.count >= minimumCount && !taken.contains(CodePoints($0.token))
        }.prefix(room).map(\.token)
        self.init(checked: first + others)
    }

    /// A vocabulary as it was written down: tokens by id.
    ///
    /// - Throws: `VocabularyError` where a token is there twice, or `padding` or `unknown` is missing.
    public init(tokens: [String]) throws(VocabularyError) {
        var seen: [CodePoints: Int] = [:]
        for (id, token) in tokens.enumerated() {
            if let other = seen.updateValue(id, forKey: CodePoints(token)) {
                throw VocabularyError(description: "the token \(id) is the same as token \(other)")
            }
        }
        for special in Vocabulary.alwaysThere
        where seen[CodePoints(special)] == nil {
            throw VocabularyError(description: "there is no token \(special)")
        }
        self.init(checked: tokens)
    }

    private init(checked tokens: [String]) {
        self.tokens = tokens
        ids = Dictionary(
            uniqueKeysWithValues: tokens.enumerated().map { (CodePoints($1), $0) })
        unknownID = ids[CodePoints(Vocabulary.unknown)]!
        paddingID = ids[CodePoints(Vocabulary.padding)]!
    }

    /// How many tokens there are.
    public var count: Int { tokens.count }

    /// The id of a token; nil for one that is not in the vocabulary.
    public func id(of token: String) -> Int? { ids[CodePoints(token)] }

    /// The id of each token, `unknownID` for those that are not in the vocabulary.
    public func ids(of tokens: some Sequence<String>) -> [Int] {
        tokens.map { ids[CodePoints($0)] ?? unknownID }
    }

    /// How much of some texts the vocabulary covers.
    public func coverage(of counts: TokenCounts) -> Coverage {
        var coverage = Coverage()
        for (token, count) in counts.counts {
            coverage.tokens += count
            coverage.kinds += 1
            if ids[token] != nil {
                coverage.knownTokens += count
                coverage.knownKinds += 1
            }
        }
        return coverage
    }

    /// Two vocabularies are the same when their tokens are, in the same order.
    public static func == (a: Vocabulary, b: Vocabulary) -> Bool {
        a.tokens.map(CodePoints.init) == b.tokens.map(CodePoints.init)
    }

    /// How much of some texts a vocabulary covers.
    public struct Coverage: Sendable, Equatable, CustomStringConvertible {
        /// Occurrences of tokens, and those of tokens that are known.
        public internal(set) var tokens = 0
        /// Occurrences of tokens that are known.
        public internal(set) var knownTokens = 0
        /// Different tokens.
        public internal(set) var kinds = 0
        /// Different tokens that are known.
        public internal(set) var knownKinds = 0

        /// The part of the occurrences that is unknown, 0 to 1.
        public var unknownRate: Double {
            tokens == 0 ? 0 : 1 - Double(knownTokens) / Double(tokens)
        }

        /// `99.12 % of 1,234,567 tokens, 4,321 of 5,000 different ones`.
        public var description: String {
            let share = ((1 - unknownRate) * 10_000).rounded() / 100
            return "\(share) % of \(tokens) tokens, \(knownKinds) of \(kinds) different ones"
        }
    }
}

/// Tokens that are no vocabulary.
public struct VocabularyError: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String
}

extension Vocabulary: Codable {
    /// Reads the tokens by id.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(tokens: container.decode([String].self))
        } catch let error as VocabularyError {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: error.description)
        }
    }

    /// Writes the tokens by id.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(tokens)
    }
}
