internal import Synchronization

/// A token that a model found in a word: its id, and the bytes of the word that it stands for.
struct ModelToken {
    var id: Int32
    var start: Int32
    var end: Int32
}

/// How words become tokens.
enum SubwordModel: Sendable {
    case bpe(BPEModel)
    case wordPiece(WordPieceModel)
    case wordLevel(WordLevelModel)
    case unigram(UnigramModel)

    /// The tokens and their ids.
    var vocabulary: SubwordVocabulary {
        switch self {
        case .bpe(let model): model.vocabulary
        case .wordPiece(let model): model.vocabulary
        case .wordLevel(let model): model.vocabulary
        case .unigram(let model): model.vocabulary
        }
    }

    /// The id of what a model does not know where such a token is called by the text it stands for; else nil.
    var literalUnknown: Int32? {
        if case .unigram(let model) = self { return model.unknown }
        return nil
    }

    /// Whether words come again so often, and cost so much, that it pays to remember them.
    private var remembers: Bool {
        switch self {
        case .bpe, .unigram: true
        case .wordPiece, .wordLevel: false
        }
    }

    /// Appends the tokens of a word, which is not empty.
    func tokenize(
        _ word: UnsafeBufferPointer<UInt8>, _ memory: inout SubwordMemory,
        into tokens: inout [ModelToken]
    ) {
        guard remembers, word.count <= SubwordMemory.longest else {
            return tokenizeAnew(word, &memory, into: &tokens)
        }
        if memory.recall(word, into: &tokens) { return }
        let start = tokens.count
        tokenizeAnew(word, &memory, into: &tokens)
        memory.remember(word, tokens[start...])
    }

    private func tokenizeAnew(
        _ word: UnsafeBufferPointer<UInt8>, _ memory: inout SubwordMemory,
        into tokens: inout [ModelToken]
    ) {
        switch self {
        case .bpe(let model): model.tokenize(word, &memory.merging, into: &tokens)
        case .wordPiece(let model): model.tokenize(word, into: &tokens)
        case .wordLevel(let model): model.tokenize(word, into: &tokens)
        case .unigram(let model): model.tokenize(word, &memory.path, into: &tokens)
        }
    }
}

/// What a model keeps from word to word: the tokens of words it met, and room to work in.
struct SubwordMemory {
    /// The most bytes of a word that is remembered.
    static let longest = 256
    /// The most bytes of all words that are remembered.
    private static let capacity = 4 << 20

    private var words = ByteTable()
    private var ends: [Int] = [0]
    private var tokens: [ModelToken] = []
    var merging = BPEMerging()
    var path = UnigramPath()

    /// Appends the tokens of a word; false where it is not remembered.
    @inline(__always)
    func recall(
        _ word: UnsafeBufferPointer<UInt8>, into result: inout [ModelToken]
    ) -> Bool {
        guard let number = words.find(word) else { return false }
        for index in ends[number]..<ends[number + 1] { result.append(tokens[index]) }
        return true
    }

    /// Remembers a new word's tokens while there is room.
    mutating func remember(
        _ word: UnsafeBufferPointer<UInt8>, _ found: ArraySlice<ModelToken>
    ) {
        guard words.byteCount < SubwordMemory.capacity else { return }
        words.insert(word)
        tokens.append(contentsOf: found)
        ends.append(tokens.count)
    }
}

/// The memory of a tokeniser's model, for one text at a time.
final class SharedSubwordMemory: Sendable {
    private let memory = Mutex(SubwordMemory())

    /// Lends the memory; where another thread has it, a fresh one.
    func use<R>(_ body: (inout SubwordMemory) -> R) -> R {
        if let result = memory.withLockIfAvailable({ body(&$0) }) { return result }
        var fresh = SubwordMemory()
        return body(&fresh)
    }
}
