internal import Martlet
internal import MartletData
internal import MartletPipeline
internal import MartletText

/// What the data decide where the options leave it open.
enum SentimentRecipe {
    /// Fills in model, optimiser, schedule and the like, and says how texts become ids.
    static func settle(_ options: SentimentOptions, _ texts: LabelledTexts) throws -> TextVectorizer
    {
        let contents = texts.items.map(\.text)
        options.tokenizer.name =
            options.tokenizer.name ?? tokenizer(for: TextLanguage(of: contents.prefix(1000)))
        options.text.maxLength = options.text.maxLength ?? 256
        options.model = options.model ?? TextClassifiers.all[0].name
        let architecture = try self.architecture(options)
        options.network.embedding = options.network.embedding ?? architecture.embedding
        options.network.hidden = options.network.hidden ?? architecture.hidden
        options.network.layers = options.network.layers ?? architecture.layers
        options.network.dropout = options.network.dropout ?? architecture.dropout
        options.epochs = options.epochs ?? architecture.epochs
        options.batch = options.batch ?? 64
        options.optimizer.name = options.optimizer.name ?? .adam
        options.schedule.name =
            options.schedule.name ?? (architecture.prefersOneCycle ? .onecycle : .constant)
        let name = options.optimizer.name ?? .adam
        options.lr = options.lr ?? (name == .adam ? architecture.learningRate : name.learningRate)
        options.optimizer.weightDecay = options.optimizer.weightDecay ?? 0
        let form = try form(options, contents, architecture)
        let least = form.specialTokens.count
        if let most = options.tokenizer.maximumSize, most < least {
            throw ConfigurationError([
                "tokenizer.maximumSize: expected at least \(least), for the special tokens "
                    + "\(form.specialTokens.joined(separator: " ")), got \(most)"
            ])
        }
        return try TextVectorizer(
            fitting: contents, form,
            minimumCount: options.tokenizer.minimumCount,
            maximumSize: options.tokenizer.maximumSize)
    }

    private static func tokenizer(for language: TextLanguage) -> TokenizerSettings.Name {
        switch language {
        case .chinese: .characters
        case .english: .english
        case .other: .words
        }
    }

    private static func architecture(
        _ options: SentimentOptions
    ) throws -> TextClassifierArchitecture {
        guard let found = TextClassifiers.named(options.model ?? "") else {
            throw ConfigurationError(options.problems())
        }
        return found
    }

    // MARK: Texts

    private static func form(
        _ options: SentimentOptions, _ texts: [String], _ architecture: TextClassifierArchitecture
    ) throws -> TextVectorizer.Form {
        let cleaner = options.clean.cleaner
        var form = TextVectorizer.Form(
            cleaner: cleaner,
            tokenizer: try tokenizer(options.tokenizer) { texts.map { cleaner.clean($0).text } },
            stopWords: try stopWords(options.clean.stopWords), stemming: options.clean.stem,
            maximumLength: options.text.maxLength ?? 256, truncation: options.text.truncation)
        form.marksSentences = architecture.readsSentences
        form.pairBuckets = architecture.pairBuckets
        return form
    }

    private static func stopWords(_ name: String) throws -> [String] {
        switch name {
        case "": []
        case "english": StopWords.english.words.sorted()
        case "chinese": StopWords.chinese.words.sorted()
        default: try StopWords(path: name).words.sorted()
        }
    }

    /// - Parameter texts: the cleaned texts, where the tokeniser is trained on them.
    private static func tokenizer(
        _ settings: TokenizerSettings, _ texts: () -> [String]
    ) throws -> TokenizerForm {
        switch settings.name ?? .characters {
        case .characters: return .characters
        case .words: return .words
        case .whitespace: return .whitespace
        case .english: return .english
        case .regex: return .regex(pattern: settings.pattern)
        case .chinese:
            // Read once, so that what is wrong with a file is said with its name.
            _ = try ChineseDictionary(path: settings.dictionary)
            let model = settings.unknownWords
            if !model.isEmpty { _ = try UnknownWordModel(path: model) }
            return .chinese(
                dictionary: try TextFile.text(settings.dictionary),
                unknownWords: model.isEmpty ? nil : try TextFile.text(model))
        case .bpe: return try TokenizerForm(training: .bpe(), on: texts(), size: settings.size)
        case .wordpiece:
            return try TokenizerForm(training: .wordPiece(), on: texts(), size: settings.size)
        case .unigram:
            return try TokenizerForm(training: .unigram(), on: texts(), size: settings.size)
        case .file: return try TokenizerForm(file: settings.file)
        }
    }

    // MARK: Networks

    /// The network that the options name, its parameters not drawn yet.
    static func network(
        _ options: SentimentOptions, _ vectorizer: TextVectorizer, classes: Int
    ) throws -> any TextClassifier {
        let architecture = try self.architecture(options)
        guard architecture.reads(vectorizer) else {
            throw MetadataError(
                "its texts are not cut as the model \(architecture.name) reads them")
        }
        var sizes = TextClassifierSizes(
            vocabulary: vectorizer.vocabulary.count, classes: classes, of: architecture)
        let network = options.network
        sizes.embedding = network.embedding ?? sizes.embedding
        sizes.hidden = network.hidden ?? sizes.hidden
        sizes.layers = network.layers ?? sizes.layers
        sizes.isBidirectional = network.bidirectional ?? sizes.isBidirectional
        sizes.pooling = network.pooling ?? sizes.pooling
        sizes.dropout = network.dropout ?? sizes.dropout
        sizes.pairBuckets = vectorizer.form.pairBuckets
        sizes.maximumLength = vectorizer.form.maximumLength
        sizes.sentenceEnd = vectorizer.sentenceEndID
        return architecture.build(sizes)
    }

    /// Puts word vectors from a file in the places of the tokens that it has.
    static func loadVectors(
        _ options: SentimentOptions, _ vocabulary: Vocabulary, into classifier: any TextClassifier
    ) throws {
        let path = options.network.vectors
        guard !path.isEmpty else { return }
        let size = classifier.embedding.weight.shape[1]
        let vectors = try WordVectors(path, for: vocabulary.tokens)
        guard vectors.size == size else {
            throw ConfigurationError([
                "network.embedding: the vectors of \(path) have \(vectors.size) numbers, those of the "
                    + "network \(size); expected network.embedding=\(vectors.size)"
            ])
        }
        vectors.fill(classifier.embedding)
        Log.info("\(path): vectors of \(vectors.rows.count) of \(vectors.total) tokens")
    }
}
