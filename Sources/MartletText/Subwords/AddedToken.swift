internal import MartletData

extension SubwordTokenizer {
    /// A token that is looked for in the text itself, before the model sees it.
    public struct AddedToken: Sendable, Equatable {
        /// What is looked for.
        public var content: String
        /// Its id.
        public var id: Int
        /// Whether it is one for the program, such as `[CLS]`, that `decode` may leave out.
        public var isSpecial = true
        /// Whether it is found only where no word goes on before or behind it.
        public var isSingleWord = false
        /// Whether white space before it belongs to it.
        public var stripsLeft = false
        /// Whether white space behind it belongs to it.
        public var stripsRight = false
        /// Whether it is looked for in the text after the normaliser, which normalises it too.
        public var isNormalized = false

        /// A special token, found wherever it stands.
        public init(_ content: String, id: Int) {
            self.content = content
            self.id = id
        }

        /// Whether both are found in the same way and have the same id.
        public static func == (one: AddedToken, other: AddedToken) -> Bool {
            one.content.utf8.elementsEqual(other.content.utf8) && one.id == other.id
                && one.isSpecial == other.isSpecial && one.isSingleWord == other.isSingleWord
                && one.stripsLeft == other.stripsLeft && one.stripsRight == other.stripsRight
                && one.isNormalized == other.isNormalized
        }
    }
}

/// The added tokens of a tokeniser, and tries to find them with.
struct AddedVocabulary: Sendable {
    /// In the order of their ids.
    let tokens: [SubwordTokenizer.AddedToken]
    /// What each token is shown as: after the normaliser, where it is looked for there.
    private let shown: [String]
    private let byID: [Int: Int]
    private let byContent: ByteTable
    private let raw: ByteTrie
    private let normalized: ByteTrie

    /// - Parameter isSearched: where it is false, only tokens that are to be looked for behind the normaliser are found,
    ///   as they stand.
    /// - Throws: `SubwordProblem` where a token is empty or comes twice, or has another id than the model gives it.
    init(
        _ tokens: [SubwordTokenizer.AddedToken], normalizer: SubwordTokenizer.Normalizer?,
        vocabulary: SubwordVocabulary, isSearched: Bool = true
    ) throws(SubwordProblem) {
        let tokens = tokens.sorted { $0.id < $1.id }
        var byContent = ByteTable()
        var byID: [Int: Int] = [:]
        for (index, token) in tokens.enumerated() {
            guard !token.content.isEmpty, byContent.insert(token.content).isNew else {
                throw SubwordProblem(
                    "the added token \(quoted(token.content)), which is empty or there already",
                    expected: "every added token once")
            }
            guard token.id >= 0, token.id <= Int32.max, byID[token.id] == nil else {
                throw SubwordProblem(
                    "the id \(token.id) of the added token \(quoted(token.content))",
                    expected: "every id once, from 0 to \(Int32.max)")
            }
            let known = vocabulary.id(token.content).map { Int($0) }
            guard known ?? token.id == token.id,
                known != nil || vocabulary.token(token.id) == nil
            else {
                throw SubwordProblem(
                    "the added token \(quoted(token.content)) with the id \(token.id)",
                    expected: "the id that the vocabulary has for it, and no other token's")
            }
            byID[token.id] = index
        }
        raw = ByteTrie(
            tokens.enumerated().filter { isSearched && !$1.isNormalized }
                .map { (Array($1.content.utf8), $0) })
        var contents = ByteTable()
        var normalized: [(bytes: [UInt8], value: Int)] = []
        var shown = tokens.map(\.content)
        for (place, token) in tokens.enumerated() where token.isNormalized {
            var text = SubwordText(token.content)
            if isSearched { normalizer?.apply(&text) }
            shown[place] = String(decoding: text.bytes, as: UTF8.self)
            guard text.bytes.withUnsafeBufferPointer({ contents.insert($0).isNew }) else {
                continue
            }
            normalized.append((text.bytes, place))
        }
        self.normalized = ByteTrie(normalized)
        self.byID = byID
        self.byContent = byContent
        self.tokens = tokens
        self.shown = shown
    }

    /// What the token of an id is shown as, and whether it is special; nil where none was added with it.
    func token(_ id: Int) -> (text: String, isSpecial: Bool)? {
        byID[id].map { (shown[$0], tokens[$0].isSpecial) }
    }

    /// The id of a token; nil where none was added with this content.
    func id(_ content: String) -> Int? { byContent.find(content).map { tokens[$0].id } }

    /// Cuts a text at the tokens that are looked for before the normaliser.
    func splitRaw(_ text: inout SubwordText) { split(&text, raw) }

    /// Cuts a text at the tokens that are looked for behind the normaliser.
    func splitNormalized(_ text: inout SubwordText) { split(&text, normalized) }

    private func split(_ text: inout SubwordText, _ trie: ByteTrie) {
        guard text.contains({ $0.contains(where: trie.begins) }) else { return }
        var pieces: [SubwordText.Piece] = []
        text.bytes.withUnsafeBufferPointer { bytes in
            for piece in text.pieces {
                if piece.token >= 0 {
                    pieces.append(piece)
                } else {
                    append(bytes, piece.range, trie, to: &pieces)
                }
            }
        }
        text.pieces = pieces
    }

    private func append(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ trie: ByteTrie,
        to pieces: inout [SubwordText.Piece]
    ) {
        let text = UnsafeBufferPointer(rebasing: bytes[..<range.upperBound])
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            guard trie.begins(bytes[index]), let found = trie.longest(in: text, from: index) else {
                index += 1
                continue
            }
            let token = tokens[found.value]
            var match = index..<found.end
            index = found.end
            if token.isSingleWord, isInWord(bytes, match, range) { continue }
            if token.stripsLeft {
                while match.lowerBound > start {
                    let last = bytes.scalarStart(before: match.lowerBound)
                    guard Scalars.isWhitespace(bytes.scalar(at: last).value) else {
                        break
                    }
                    match = last..<match.upperBound
                }
            }
            if token.stripsRight {
                while match.upperBound < range.upperBound {
                    let (scalar, length) = bytes.scalar(at: match.upperBound)
                    guard Scalars.isWhitespace(scalar) else { break }
                    match = match.lowerBound..<(match.upperBound + length)
                }
                index = match.upperBound
            }
            if start < match.lowerBound { pieces.append(.init(range: start..<match.lowerBound)) }
            pieces.append(.init(range: match, token: Int32(token.id)))
            start = match.upperBound
        }
        if start < range.upperBound { pieces.append(.init(range: start..<range.upperBound)) }
    }

    private func isInWord(
        _ bytes: UnsafeBufferPointer<UInt8>, _ match: Range<Int>, _ range: Range<Int>
    ) -> Bool {
        if match.lowerBound > range.lowerBound {
            let before = bytes.scalarStart(before: match.lowerBound)
            if Scalars.isWord(bytes.scalar(at: before).value) { return true }
        }
        return match.upperBound < range.upperBound
            && Scalars.isWord(bytes.scalar(at: match.upperBound).value)
    }
}
