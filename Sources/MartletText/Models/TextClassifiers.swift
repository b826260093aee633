/// The sizes of a text classifier; each architecture uses some of them.
public struct TextClassifierSizes: Sendable {
    /// How many ids there are, those of pairs not counted.
    public var vocabulary: Int
    /// How many classes are scored.
    public var classes: Int
    /// The size of a token's vector.
    public var embedding: Int
    /// The size of a direction's state; of a convolution how many filters.
    public var hidden: Int
    /// Recurrent or encoder layers.
    public var layers: Int
    /// Whether recurrent networks read both ways.
    public var isBidirectional = true
    /// How the steps of a text become one vector, where the architecture leaves that open.
    public var pooling = TextPooling.max
    /// The probability to drop values in training.
    public var dropout: Double
    /// How many ids the pairs of neighbouring tokens share; 0: pairs have none.
    public var pairBuckets: Int
    /// The most ids of a text.
    public var maximumLength = 1024
    /// The id of the token that ends sentences; nil where texts have none.
    public var sentenceEnd: Int?

    /// Sizes for a vocabulary and classes, all else by an architecture's defaults.
    public init(vocabulary: Int, classes: Int, of architecture: TextClassifierArchitecture) {
        self.vocabulary = vocabulary
        self.classes = classes
        embedding = architecture.embedding
        hidden = architecture.hidden ?? 1
        layers = architecture.layers ?? 1
        dropout = architecture.dropout ?? 0
        pairBuckets = architecture.pairBuckets
    }
}

/// An architecture of text classifiers that can be chosen by name.
public struct TextClassifierArchitecture: Sendable {
    /// What it is called on the command line.
    public let name: String
    /// One line for lists.
    public let summary: String
    /// The default size of a token's vector.
    public let embedding: Int
    /// The default size of a state, or number of filters; nil where it has neither.
    public let hidden: Int?
    /// The default number of layers; nil where that is not open.
    public let layers: Int?
    /// Whether it may read texts one way or both ways, and pool steps in any way.
    public let hasPooling: Bool
    /// The default probability to drop values in training; nil where none are dropped.
    public let dropout: Double?
    /// How many ids pairs of neighbouring tokens share; 0 where it has none.
    public let pairBuckets: Int
    /// Whether it needs a token at the end of each sentence.
    public let readsSentences: Bool
    /// The number of epochs after which it was found to be as good as it gets.
    public let epochs: Int
    /// The learning rate of Adam that was found good: the greatest of one cycle, or a constant one.
    public let learningRate: Double
    /// Whether one cycle of learning rates was found better than a constant rate.
    public let prefersOneCycle: Bool
    private let make: @Sendable (TextClassifierSizes) -> any TextClassifier

    fileprivate init(
        _ name: String, _ summary: String, embedding: Int = 128, hidden: Int? = nil,
        layers: Int? = nil, hasPooling: Bool = false, dropout: Double? = nil, pairBuckets: Int = 0,
        readsSentences: Bool = false, epochs: Int = 6, learningRate: Double = 1e-3,
        prefersOneCycle: Bool = false,
        _ make: @escaping @Sendable (TextClassifierSizes) -> any TextClassifier
    ) {
        self.name = name
        self.summary = summary
        self.embedding = embedding
        self.hidden = hidden
        self.layers = layers
        self.hasPooling = hasPooling
        self.pairBuckets = pairBuckets
        self.readsSentences = readsSentences
        self.dropout = dropout
        self.epochs = epochs
        self.learningRate = learningRate
        self.prefersOneCycle = prefersOneCycle
        self.make = make
    }

    /// Whether a vectorizer gives what it reads: ends of sentences, and pairs of tokens.
    public func reads(_ vectorizer: TextVectorizer) -> Bool {
        (vectorizer.sentenceEndID != nil) == readsSentences
            && vectorizer.form.pairBuckets == pairBuckets
    }

    /// A network whose parameters have not been drawn yet: see `Module.initialize`.
    public func build(_ sizes: TextClassifierSizes) -> any TextClassifier {
        precondition(
            !readsSentences || sizes.sentenceEnd != nil,
            "\(name): expected the id of the token that ends sentences")
        return make(sizes)
    }
}

/// The architectures of text classifiers.
public enum TextClassifiers {
    /// All of them, the default first.
    public static let all = [
        TextClassifierArchitecture(
            "textrcnn", "an LSTM beside the tokens, the greatest over time (Lai et al. 2015)",
            hidden: 128, layers: 1, dropout: 0.3, epochs: 8
        ) {
            TextRCNN(
                vocabulary: $0.vocabulary, classes: $0.classes, embeddingSize: $0.embedding,
                hidden: $0.hidden, layers: $0.layers, features: $0.hidden, dropout: $0.dropout)
        },
        TextClassifierArchitecture(
            "lstm", "long short-term memory in both directions (Hochreiter, Schmidhuber 1997)",
            hidden: 128, layers: 2, hasPooling: true, dropout: 0, { recurrent(.lstm, $0) }),
        TextClassifierArchitecture(
            "gru", "gated recurrent units in both directions (Cho et al. 2014)", hidden: 128,
            layers: 2, hasPooling: true, dropout: 0, { recurrent(.gru, $0) }),
        TextClassifierArchitecture(
            "textcnn", "convolutions over 3, 4 and 5 tokens (Kim 2014)", hidden: 100,
            dropout: 0, learningRate: 2e-3, prefersOneCycle: true
        ) {
            TextCNN(
                vocabulary: $0.vocabulary, classes: $0.classes, embeddingSize: $0.embedding,
                filters: $0.hidden, dropout: $0.dropout)
        },
        TextClassifierArchitecture(
            "fasttext", "the mean of tokens and pairs of tokens (Joulin et al. 2017)",
            embedding: 100, pairBuckets: 200_000, learningRate: 1e-2,
            prefersOneCycle: true
        ) {
            FastText(
                vocabulary: $0.vocabulary, classes: $0.classes, embeddingSize: $0.embedding,
                buckets: $0.pairBuckets)
        },
        TextClassifierArchitecture(
            "han", "attention over words, then over sentences (Yang et al. 2016)", hidden: 50,
            readsSentences: true
        ) { sizes in
            HierarchicalAttentionNetwork(
                vocabulary: sizes.vocabulary, sentenceEnd: sizes.sentenceEnd!,
                classes: sizes.classes, embeddingSize: sizes.embedding, hidden: sizes.hidden)
        },
        TextClassifierArchitecture(
            "transformer", "a small Transformer encoder (Vaswani et al. 2017)", hidden: 256,
            layers: 2, dropout: 0, prefersOneCycle: true
        ) { sizes in
            var options = TransformerEncoderClassifier.Options(
                vocabulary: sizes.vocabulary, classes: sizes.classes)
            options.size = sizes.embedding
            options.feedforwardSize = sizes.hidden
            options.layers = sizes.layers
            options.dropout = sizes.dropout
            options.maximumLength = sizes.maximumLength
            return TransformerEncoderClassifier(options)
        },
    ]

    /// The architecture of a name.
    public static func named(_ name: String) -> TextClassifierArchitecture? {
        all.first { $0.name == name }
    }

    private static func recurrent(
        _ cell: RecurrentClassifier.Cell, _ sizes: TextClassifierSizes
    ) -> RecurrentClassifier {
        var options = RecurrentClassifier.Options(
            vocabulary: sizes.vocabulary, classes: sizes.classes)
        options.embeddingSize = sizes.embedding
        options.cell = cell
        options.hidden = sizes.hidden
        options.layers = sizes.layers
        options.isBidirectional = sizes.isBidirectional
        options.dropout = sizes.dropout
        options.pooling = sizes.pooling
        return RecurrentClassifier(options)
    }
}
