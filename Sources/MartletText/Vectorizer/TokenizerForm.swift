public import Foundation
internal import MartletData

/// Which tokeniser cuts texts, with all it needs, in a form to keep in a model file.
public enum TokenizerForm: Codable, Sendable, Equatable {
    /// Each code point but white space.
    case characters
    /// Words by Unicode's rules, with ICU's dictionaries.
    case words
    /// What stands between white space.
    case whitespace
    /// English words and punctuation, contractions apart.
    case english
    /// The matches of a regular expression.
    case regex(pattern: String)
    /// Chinese words by a dictionary, and a model of words that are not in it: the contents of their files.
    case chinese(dictionary: String, unknownWords: String?)
    /// A subword tokeniser: the contents of its `tokenizer.json`.
    case subwords(json: String)
    /// A SentencePiece model: the contents of its file.
    case sentencePiece(Data)

    /// A subword tokeniser trained on texts.
    ///
    /// - Parameters:
    ///   - kind: which model. BPE reads bytes, WordPiece words between white space and punctuation, Unigram texts with
    ///     white space as a character of its own.
    ///   - texts: to learn the tokens from.
    ///   - size: the most tokens.
    public init(
        training kind: SubwordTrainer.Kind, on texts: [String], size: Int
    ) throws {
        var trainer = SubwordTrainer(kind)
        trainer.vocabularySize = size
        switch kind {
        case .bpe:
            trainer.preTokenizer = .byteLevel(addsPrefixSpace: true)
            trainer.alphabet = SubwordTrainer.bytes
        case .wordPiece:
            trainer.preTokenizer = .bert
            trainer.unknownToken = "[UNK]"
            trainer.specialTokens = ["[UNK]"]
        case .wordLevel:
            trainer.preTokenizer = .whitespace
            trainer.unknownToken = Vocabulary.unknown
            trainer.specialTokens = [Vocabulary.unknown]
        case .unigram:
            trainer.preTokenizer = .metaspace()
            trainer.unknownToken = Vocabulary.unknown
            trainer.specialTokens = [Vocabulary.unknown]
        }
        self = .subwords(json: try trainer.train(texts).json(path: "tokenizer.json"))
    }

    /// A subword tokeniser from a `tokenizer.json` or, where the name does not end so, a SentencePiece model.
    ///
    /// - Throws: `DataError` where it is neither.
    public init(file path: String) throws {
        if FilePath.lowercasedExtension(FilePath.name(of: path)) == "json" {
            self = .subwords(json: try TextFile.text(path))
        } else {
            self = .sentencePiece(
                Data(try InputFile.contents(path, longest: SentencePieceFile.longest)))
        }
        // What is wrong with it is said now, with its name.
        _ = try make(path: path)
    }

    /// The tokeniser.
    ///
    /// - Parameter path: what errors call the file of a dictionary, a `tokenizer.json` or a model.
    /// - Throws: an error that says what is wrong with a pattern or such a file.
    public func make(path: String = "the model file's tokeniser") throws -> any Tokenizer {
        switch self {
        case .characters: CharacterTokenizer(skipsWhiteSpace: true)
        case .words: WordTokenizer()
        case .whitespace: WhitespaceTokenizer()
        case .english: EnglishTokenizer()
        case .regex(let pattern): try RegexTokenizer(pattern: pattern)
        case .chinese(let dictionary, let unknownWords):
            try ChineseSegmenter(
                dictionary: ChineseDictionary(
                    contents: Array(dictionary.utf8), path: path),
                model: unknownWords.map {
                    try UnknownWordModel(contents: Array($0.utf8), path: path)
                })
        case .subwords(let json):
            try SubwordTokenizer(jsonContents: Array(json.utf8), path: path)
        case .sentencePiece(let model):
            try SubwordTokenizer(sentencePieceContents: Array(model), path: path)
        }
    }

    /// What it is called in messages.
    public var name: String {
        switch self {
        case .characters: "characters"
        case .words: "words"
        case .whitespace: "whitespace"
        case .english: "english"
        case .regex(let pattern): "the regular expression \(pattern)"
        case .chinese: "chinese"
        case .subwords, .sentencePiece: "subwords"
        }
    }
}
