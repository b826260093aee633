/// Cuts texts into parts of words that a model has numbers for, as Hugging Face tokenizers and SentencePiece do.
///
/// A text goes through a normaliser, a pre-tokeniser that cuts it into words, a model that cuts words into tokens, and a
/// post-processor that puts special tokens around them; a decoder makes text of tokens again. Texts must be shorter than
/// half a GiB.
public struct SubwordTokenizer: Tokenizer, Sendable {
    /// What texts go through first; nil for nothing.
    public let normalizer: Normalizer?
    /// What cuts texts into words; nil where the model sees them whole.
    public let preTokenizer: PreTokenizer?
    let model: SubwordModel
    let added: AddedVocabulary
    /// What puts special tokens around others; nil where none are put there.
    public var postProcessor: PostProcessor?
    /// What makes text of tokens; nil where they are joined by spaces.
    public var decoder: Decoder?
    /// How encodings are shortened; nil where they are not.
    public var truncation: Truncation?
    /// How encodings are made longer; nil where they are not.
    public var padding: Padding?
    /// The file that it was read from, where that is SentencePiece's.
    let sentencePiece: SentencePieceFile?
    private let memory: SharedSubwordMemory

    init(
        _ model: SubwordModel, normalizer: Normalizer? = nil, preTokenizer: PreTokenizer? = nil,
        added: [AddedToken] = [], sentencePiece: SentencePieceFile? = nil
    ) throws(SubwordProblem) {
        self.added = try AddedVocabulary(
            added, normalizer: normalizer, vocabulary: model.vocabulary,
            isSearched: sentencePiece == nil)
        self.sentencePiece = sentencePiece
        memory = SharedSubwordMemory()
        self.model = model
        self.normalizer = normalizer
        self.preTokenizer = preTokenizer
    }

    /// The tokens that are looked for in texts themselves, in the order of their ids.
    public var addedTokens: [AddedToken] { added.tokens }

    /// One more than the greatest id.
    public var vocabularySize: Int {
        max(model.vocabulary.tokens.count, (added.tokens.last?.id ?? -1) + 1)
    }

    /// The id of a token; nil where there is none.
    public func id(of token: String) -> Int? {
        added.id(token) ?? model.vocabulary.id(token).map { Int($0) }
    }

    /// The token of an id; nil where there is none. An added token that is looked for behind the normaliser is shown as it
    /// is there.
    public func token(_ id: Int) -> String? {
        added.token(id)?.text ?? model.vocabulary.token(id)
    }

    /// The tokens of a text, without special tokens and truncation. Of several that are parts of one code point the first
    /// has its range, and those behind it have empty ones.
    public func tokens(_ text: String) -> [Token] {
        let encoding = encode(text, type: 0)
        var end = 0
        return zip(encoding.tokens, encoding.ranges).map { token, range in
            let lower = max(end, range.lowerBound)
            end = max(lower, range.upperBound)
            return Token(token, range: lower..<end)
        }
    }

    /// Encodes a text.
    public func encode(_ text: String, addsSpecialTokens: Bool = true) -> Encoding {
        var encodings = [process([encode(text, type: 0)], addsSpecialTokens)]
        padding?.apply(&encodings)
        return encodings[0]
    }

    /// Encodes two texts, the second behind the first.
    public func encode(
        _ first: String, _ second: String, addsSpecialTokens: Bool = true
    ) -> Encoding {
        let parts = [encode(first, type: 0), encode(second, type: 1)]
        var encodings = [process(parts, addsSpecialTokens)]
        padding?.apply(&encodings)
        return encodings[0]
    }

    /// Encodes texts; where there is padding, all become as long as the longest.
    public func encode(_ texts: [String], addsSpecialTokens: Bool = true) -> [Encoding] {
        var encodings = texts.map { process([encode($0, type: 0)], addsSpecialTokens) }
        padding?.apply(&encodings)
        return encodings
    }

    /// The text of tokens; ids that belong to none are passed over.
    public func decode(_ ids: [Int], skipsSpecialTokens: Bool = true) -> String {
        let tokens = ids.compactMap { id -> String? in
            guard let token = added.token(id) else { return model.vocabulary.token(id) }
            return skipsSpecialTokens && token.isSpecial ? nil : token.text
        }
        guard let decoder else { return tokens.joined(separator: " ") }
        return decoder.apply(tokens).joined()
    }

    private func process(_ encodings: [Encoding], _ addsSpecialTokens: Bool) -> Encoding {
        var first = encodings[0]
        var second = encodings.count > 1 ? encodings[1] : nil
        if let truncation {
            let added = postProcessor?.addedCount(isPair: second != nil) ?? 0
            truncation.apply(
                &first, &second,
                longest: max(0, truncation.longest - (addsSpecialTokens ? added : 0)))
        }
        var parts = [first]
        if let second { parts.append(second) }
        if let postProcessor {
            parts = postProcessor.apply(parts, addsSpecialTokens: addsSpecialTokens)
        }
        guard var result = parts.first else { return Encoding() }
        for part in parts.dropFirst() { result.append(part) }
        return result
    }

    /// The words of a text: what the pre-tokeniser leaves.
    func words(_ text: String) -> SubwordText {
        var text = SubwordText(text)
        added.splitRaw(&text)
        normalizer?.apply(&text)
        added.splitNormalized(&text)
        preTokenizer?.apply(&text)
        return text
    }

    private func encode(_ text: String, type: Int) -> Encoding {
        let text = words(text)
        var encoding = Encoding()
        encoding.reserve(text.pieces.count)
        memory.use { memory in
            text.bytes.withUnsafeBufferPointer { bytes in
                var found: [ModelToken] = []
                for (number, piece) in text.pieces.enumerated() {
                    if piece.token >= 0 {
                        encoding.append(
                            Int(piece.token),
                            String(decoding: bytes[piece.range], as: UTF8.self),
                            text.origin(piece.range), type: type, word: number, isSpecial: false)
                        continue
                    }
                    found.removeAll(keepingCapacity: true)
                    let word = UnsafeBufferPointer(rebasing: bytes[piece.range])
                    model.tokenize(word, &memory, into: &found)
                    for token in found {
                        append(token, of: piece.range, number, type, text, bytes, to: &encoding)
                    }
                }
            }
        }
        return encoding
    }

    @inline(__always)
    private func append(
        _ token: ModelToken, of piece: Range<Int>, _ word: Int, _ type: Int,
        _ text: borrowing SubwordText, _ bytes: UnsafeBufferPointer<UInt8>,
        to encoding: inout Encoding
    ) {
        let start = piece.lowerBound + Int(token.start)
        let range = start..<(piece.lowerBound + Int(token.end))
        if sentencePiece != nil, case .wordLevel(let model) = model, token.id == model.unknown,
            encoding.ids.last == Int(token.id), let last = encoding.ranges.last
        {
            // SentencePiece makes one token of unknown words that follow one another.
            encoding.ranges[encoding.count - 1] = last.lowerBound..<text.origin(range).upperBound
            return
        }
        let name =
            token.id == model.literalUnknown
            ? String(decoding: bytes[range], as: UTF8.self)
            : model.vocabulary.tokens[Int(token.id)] ?? ""
        encoding.append(
            Int(token.id), name, text.origin(range), type: type, word: word, isSpecial: false)
    }
}
