/// Cleans texts, cuts them into tokens, leaves out stop words and takes the stems of the others.
///
/// Ranges are those of the text before cleaning. Where one character became several tokens, the first has its range and the
/// others an empty one after it.
public struct CleaningTokenizer: Tokenizer {
    /// What is done with a text first.
    public let cleaner: TextCleaner
    /// What cuts the clean text.
    public let tokenizer: any Tokenizer
    /// Tokens that are left out; nil to leave out none.
    public let stopWords: StopWords?
    /// What makes tokens stems, after the stop words went; nil to leave them whole.
    public let stemmer: Stemmer?

    private let specialTokens: [[UInt8]]

    /// Cleans, cuts, leaves out and stems.
    ///
    /// What the cleaner puts in the place of pieces, such as `<url>`, becomes one token each, whatever the tokeniser; also where
    /// the text had it before.
    public init(
        _ tokenizer: any Tokenizer, cleaner: TextCleaner = .sentiment, stopWords: StopWords? = nil,
        stemmer: Stemmer? = nil
    ) {
        self.cleaner = cleaner
        self.tokenizer = tokenizer
        self.stopWords = stopWords
        self.stemmer = stemmer
        // Of two that begin alike, the longer one is looked for first.
        specialTokens = cleaner.specialTokens.map { Array($0.utf8) }
            .sorted { $0.count > $1.count }
    }

    /// The tokens of the text when it is clean, with their places in the text as it is.
    public func tokens(_ text: String) -> [Token] {
        let clean = cleaner.clean(text)
        var tokens: [Token] = []
        var end = 0
        func append(_ text: String, _ range: Range<Int>) {
            let original = clean.originalRange(range)
            let upper = max(end, original.upperBound)
            tokens.append(Token(text, range: max(end, original.lowerBound)..<upper))
            end = upper
        }
        for (piece, isSpecial) in pieces(clean.text) {
            let part = clean.text.withBytes { $0.text(piece) }
            if isSpecial {
                append(part, piece)
                continue
            }
            for token in tokenizer.tokens(part) where stopWords?.contains(token.text) != true {
                let word = stemmer?.stem(of: token.text) ?? token.text
                append(
                    word,
                    (piece.lowerBound + token.range.lowerBound)..<(piece.lowerBound
                        + token.range.upperBound)
                )
            }
        }
        return tokens
    }

    /// The text cut into special tokens and what is between them.
    private func pieces(_ text: String) -> [(range: Range<Int>, isSpecial: Bool)] {
        text.withBytes { bytes in
            var pieces: [(range: Range<Int>, isSpecial: Bool)] = []
            let isFirst = (0..<256).map { byte in specialTokens.contains { $0[0] == UInt8(byte) } }
            var (start, place) = (0, 0)
            while place < bytes.count {
                guard isFirst[Int(bytes[place])],
                    let token = specialTokens.first(where: { bytes[place...].starts(with: $0) })
                else {
                    place += 1
                    continue
                }
                if start < place { pieces.append((start..<place, false)) }
                pieces.append((place..<(place + token.count), true))
                place += token.count
                start = place
            }
            if start < bytes.count { pieces.append((start..<bytes.count, false)) }
            return pieces
        }
    }
}
