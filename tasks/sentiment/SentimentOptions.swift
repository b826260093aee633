internal import Martlet
internal import MartletData
public import MartletPipeline
public import MartletText

/// The settings of text classification beyond those of every task.
public final class SentimentOptions: TaskSettings {
    public let table = TableSettings()
    public let tokenizer = TokenizerSettings()
    public let clean = CleaningSettings()
    public let text = TextSettings()
    public let network = TextNetworkSettings()
    public let loss = TextLossSettings()
    public let predict = TextPredictionSettings()

    @Setting("whether training says first what TF-IDF and a linear model reach")
    public var baseline = true

    public required init() {}

    override public func problems() -> [String] {
        var problems = super.problems()
        let known = TextClassifiers.all.map(\.name)
        if let model, !known.contains(model) {
            let hint = EditDistance.nearest(to: model, among: known)
            problems.append(
                "model: expected one of \(known.joined(separator: ", ")), got \"\(model)\""
                    + (hint.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        if let architecture = TextClassifiers.named(model ?? TextClassifiers.all[0].name) {
            problems += network.problems(of: architecture)
        }
        return problems
    }

    override public func trainingProblems() -> [String] {
        super.trainingProblems()
            + (data.isEmpty
                ? [
                    "data: expected data=FILE, a table (.csv, .tsv, .jsonl) of texts and their classes, "
                        + "or a folder"
                ] : [])
            + PathCheck.reading(network.vectors, for: "network.vectors")
            + PathCheck.reading(tokenizer.file, for: "tokenizer.file")
            + PathCheck.reading(tokenizer.dictionary, for: "tokenizer.dictionary")
            + PathCheck.reading(tokenizer.unknownWords, for: "tokenizer.unknownWords")
            + PathCheck.reading(clean.stopWords, for: "clean.stopWords")
    }

    /// How tables are laid out, as their reader takes it.
    var tableFormat: TableFormat {
        TableFormat(
            text: table.text, label: table.label, hasHeader: table.header, encoding: table.encoding)
    }

    /// What becomes of rows that cannot be read.
    var badRows: CSVTable.BadRows {
        samples.onBad == .skip ? .skip(maxShare: samples.maxBad) : .fail
    }
}

/// How tables of texts are laid out.
public final class TableSettings: Settings {
    public static let summary = "how tables of texts are laid out"

    @Setting("the column with the texts, by name or number from 1; auto: by customary names")
    public var text: String? = nil
    @Setting("the column with the classes, by name or number from 1; auto: by customary names")
    public var label: String? = nil
    @Setting("whether the first row names the columns") public var header = true
    @Setting("the encoding of texts, such as GB18030; auto: found out") public var encoding:
        String? = nil

    public init() {}
}

/// How texts are cut into tokens.
public final class TokenizerSettings: Settings {
    public static let summary = "how texts are cut into tokens"

    /// The ways to do it.
    public enum Name: String, CaseIterable, SettingValue {
        case characters, words, whitespace, english, chinese, regex
        case bpe, wordpiece, unigram
        case file
    }

    @Setting(
        "what cuts texts into tokens; auto: characters for Chinese, english for English, else words"
    )
    public var name: Name? = nil
    @Setting("regex: the regular expression of a token") public var pattern = #"\w+|[^\w\s]"#
    @Setting("chinese: a dictionary, of lines \"word frequency tag\"") public var dictionary = ""
    @Setting("chinese: a model of words that are not in the dictionary; none where empty")
    public var unknownWords = ""
    @Setting("file: a tokenizer.json or a SentencePiece model") public var file = ""
    @Setting("bpe, wordpiece, unigram: how many tokens are trained", in: 100...1_000_000)
    public var size = 8000
    @Setting("rarer tokens are unknown", in: 1...1_000_000) public var minimumCount = 2
    @Setting("the most tokens that are known; auto: all", in: 3...10_000_000)
    public var maximumSize: Int? = nil

    public init() {}

    /// What does not go together.
    public func problems() -> [String] {
        var problems: [String] = []
        func needs(_ kind: Name, _ value: String, _ key: String, _ what: String) {
            if name == kind && value.isEmpty {
                problems.append("\(key): name=\(kind.rawValue) needs \(what)")
            }
        }
        needs(.chinese, dictionary, "dictionary", "a dictionary")
        needs(.file, file, "file", "a tokenizer.json or a SentencePiece model")
        needs(.regex, pattern, "pattern", "a regular expression")
        return problems
    }
}

/// What is done to texts before they are cut.
public final class CleaningSettings: Settings {
    public static let summary = "what is done to texts before they are cut into tokens"

    /// What becomes of a kind of piece.
    public enum Action: String, CaseIterable, SettingValue {
        case keep, remove
        /// One special token stands for each.
        case replace
    }

    @Setting("whether capitals become small letters") public var lowercase = true
    @Setting("the normalisation form that all characters are brought to")
    public var form = NormalizationForm.nfkc
    @Setting("whether accents are taken away") public var accents = false
    @Setting("whether HTML tags are taken away and entities decoded") public var html = true
    @Setting("addresses of pages and of mail") public var links = Action.replace
    @Setting("names of people: @name") public var mentions = Action.replace
    @Setting("names of topics: #topic#") public var topics = Action.keep
    @Setting("emoticons such as :-), [smile] and emoji") public var emoji = Action.keep
    @Setting("whether English contractions are written out: do not for don't")
    public var contractions = false
    @Setting("how often a character may come in a row; auto: as often as it does", in: 1...1000)
    public var repeats: Int? = 3
    @Setting("words to leave out: english, chinese, or a file of words one a line")
    public var stopWords = ""
    @Setting("the language whose words are cut to their stems; auto: none")
    public var stem: Stemmer.Language? = nil

    public init() {}

    /// The cleaner that the settings say.
    var cleaner: TextCleaner {
        var cleaner = TextCleaner()
        cleaner.tags = html ? .replace(" ") : .keep
        cleaner.decodesEntities = html
        cleaner.removesControls = true
        cleaner.form = form
        cleaner.expandsContractions = contractions
        cleaner.letterCase = lowercase ? .lower : .keep
        cleaner.removesAccents = accents
        cleaner.urls = links.treatment("<url>")
        cleaner.emails = links.treatment("<email>")
        cleaner.mentions = mentions.treatment("<user>")
        cleaner.hashtags = topics.treatment("<topic>")
        cleaner.bracketedEmoji = emoji.treatment("<emoji>")
        cleaner.emoticons = emoji.treatment("<emoji>")
        cleaner.emoji = emoji.treatment("<emoji>")
        cleaner.longestRepeat = repeats
        cleaner.collapsesWhiteSpace = true
        return cleaner
    }
}

extension CleaningSettings.Action {
    fileprivate func treatment(_ token: String) -> Treatment {
        switch self {
        case .keep: .keep
        case .remove: .remove
        case .replace: .replace(token)
        }
    }
}

extension NormalizationForm: SettingValue {}
extension Stemmer.Language: SettingValue {}

/// How much of a text is read.
public final class TextSettings: Settings {
    public static let summary = "how much of a text is read, and what goes into a batch"

    @Setting("the most tokens of a text", in: 1...100_000) public var maxLength: Int? = nil
    @Setting("which tokens of longer texts are kept: head, tail, or both ends")
    public var truncation = Truncation.head
    @Setting("whether texts of about one length go into a batch together") public var bucket = true
    @Setting("the most tokens in a step, in place of batch", in: 1...10_000_000)
    public var batchTokens: Int? = nil

    public init() {}
}

extension Truncation: SettingValue {}
extension TextPooling: SettingValue {}

/// The network's sizes.
public final class TextNetworkSettings: Settings {
    public static let summary = "the network's sizes"

    @Setting("the size of a token's vector", in: 1...8192) public var embedding: Int? = nil
    @Setting("the size of a hidden state; textcnn: filters of a kernel", in: 1...8192)
    public var hidden: Int? = nil
    @Setting("layers", in: 1...64) public var layers: Int? = nil
    @Setting("lstm, gru: whether texts are read in both directions; auto: true")
    public var bidirectional: Bool? = nil
    @Setting("lstm, gru: what is taken of the states of a text; auto: max")
    public var pooling: TextPooling? = nil
    @Setting("the part of values that training drops; auto: by the model", in: 0...0.95)
    public var dropout: Double? = nil
    @Setting("a file of word vectors (.vec, GloVe) to start from; none where empty")
    public var vectors = ""

    public init() {}

    /// What is set that an architecture has not.
    func problems(of architecture: TextClassifierArchitecture) -> [String] {
        let isOpen: [(key: String, isSet: Bool, has: Bool)] = [
            ("hidden", hidden != nil, architecture.hidden != nil),
            ("layers", layers != nil, architecture.layers != nil),
            ("bidirectional", bidirectional != nil, architecture.hasPooling),
            ("pooling", pooling != nil, architecture.hasPooling),
            ("dropout", dropout != nil, architecture.dropout != nil),
        ]
        return isOpen.filter { $0.isSet && !$0.has }.map {
            "network.\($0.key): \(architecture.name) has nothing of the kind"
        }
    }
}

/// The cross-entropy.
public final class TextLossSettings: Settings {
    public static let summary = "the cross-entropy"

    @Setting("the part of each target spread over all classes", in: 0...1)
    public var labelSmoothing = 0.0

    public init() {}
}

/// What predictions say.
public final class TextPredictionSettings: Settings {
    public static let summary = "what predictions say"

    @Setting("whether to say how much each token speaks for the class (integrated gradients)")
    public var attributions = false

    public init() {}
}
