internal import MartletData

/// Every word is one token, or unknown.
struct WordLevelModel: Sendable {
    let vocabulary: SubwordVocabulary
    /// What stands for words that are not in the vocabulary.
    let unknownToken: String
    let unknown: Int32

    /// - Throws: `SubwordProblem` where the unknown token is not in the vocabulary.
    init(_ vocabulary: SubwordVocabulary, unknownToken: String) throws(SubwordProblem) {
        unknown = try vocabulary.unknown(unknownToken)
        self.vocabulary = vocabulary
        self.unknownToken = unknownToken
    }

    func tokenize(_ word: UnsafeBufferPointer<UInt8>, into tokens: inout [ModelToken]) {
        tokens.append(
            ModelToken(id: vocabulary.id(word) ?? unknown, start: 0, end: Int32(word.count)))
    }
}

extension SubwordVocabulary {
    /// The id of the token for what is unknown.
    ///
    /// - Throws: `SubwordProblem` where it is not there.
    func unknown(_ token: String) throws(SubwordProblem) -> Int32 {
        guard let id = id(token) else {
            throw SubwordProblem(
                "the unknown token \(quoted(token)), which is not in the vocabulary",
                expected: "a token of the vocabulary")
        }
        return id
    }
}
