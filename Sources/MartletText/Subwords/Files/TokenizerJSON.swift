public import MartletData

extension SubwordTokenizer {
    /// The most bytes of a file that is read.
    static let longestFile = 1 << 30

    /// Reads a `tokenizer.json` as Hugging Face tokenizers writes it.
    ///
    /// - Throws: `DataError` where the file cannot be read, is no JSON, has a part or setting that is not known, or parts
    ///   that do not fit one another.
    public init(json path: String) throws(DataError) {
        let bytes = try InputFile.contents(path, longest: SubwordTokenizer.longestFile)
        try self.init(jsonContents: bytes, path: path)
    }

    /// Reads what a `tokenizer.json` holds.
    ///
    /// - Parameter path: what errors call it.
    public init(jsonContents bytes: [UInt8], path: String) throws(DataError) {
        let result = bytes.withUnsafeBufferPointer { text in
            Result { () throws(JSONNode.Failure) in
                try SubwordTokenizer(try JSONNode(text))
            }
        }
        do throws(JSONNode.Failure) {
            self = try result.get()
        } catch {
            throw DataError(
                path: path, place: "byte \(error.byte)", problem: error.problem,
                expected: error.expected)
        }
    }

    private init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        if let version = fields.optional("version"), try version.string() != "1.0" {
            throw version.failure("the version \(quoted(try version.string()))", expected: "1.0")
        }
        let model = try SubwordModel(try fields.required("model"))
        let normalizer: Normalizer?
        if let node = fields.optional("normalizer") {
            normalizer = try Normalizer(node)
        } else {
            normalizer = nil
        }
        let preTokenizer: PreTokenizer?
        if let node = fields.optional("pre_tokenizer") {
            preTokenizer = try PreTokenizer(node)
        } else {
            preTokenizer = nil
        }
        let list = fields.optional("added_tokens")
        var added: [AddedToken] = []
        for token in try list?.array() ?? [] { added.append(try AddedToken(token)) }
        self = try (list ?? node).placing { () throws(SubwordProblem) in
            try SubwordTokenizer(
                model, normalizer: normalizer, preTokenizer: preTokenizer, added: added)
        }
        if let node = fields.optional("post_processor") { postProcessor = try PostProcessor(node) }
        if let node = fields.optional("decoder") { decoder = try Decoder(node) }
        if let node = fields.optional("truncation") { truncation = try Truncation(node) }
        if let node = fields.optional("padding") { padding = try Padding(node) }
        try fields.finish()
    }

    /// Writes a `tokenizer.json` that Hugging Face tokenizers reads.
    ///
    /// - Throws: `DataError` where the tokeniser works as SentencePiece does, which such files cannot say, and
    ///   `DiskError`.
    public func write(json path: String) throws { try AtomicFile.write(json(path: path), to: path) }

    /// What such a file holds.
    ///
    /// - Parameter path: what errors call it.
    /// - Throws: `DataError`, as `write(json:)`.
    public func json(path: String) throws(DataError) -> String {
        let parts = (normalizer.map(\.json), decoder.map(\.json))
        guard parts.0 != .some(nil), parts.1 != .some(nil) else {
            throw DataError(
                path: path, problem: "a tokeniser that works as SentencePiece does",
                expected: "to be written as a SentencePiece model")
        }
        return JSONText.object([
            ("version", JSONText.string("1.0")), ("truncation", truncation?.json ?? "null"),
            ("padding", padding?.json ?? "null"),
            ("added_tokens", JSONText.array(addedTokens.map(\.json))),
            ("normalizer", normalizer?.json ?? "null"),
            ("pre_tokenizer", preTokenizer?.json ?? "null"),
            ("post_processor", postProcessor?.json ?? "null"),
            ("decoder", decoder?.json ?? "null"), ("model", model.json),
        ])
    }
}

extension SubwordTokenizer.AddedToken {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        self.init(
            try fields.required("content").string(), id: try fields.required("id").natural())
        isSingleWord = try fields.required("single_word").bool()
        stripsLeft = try fields.required("lstrip").bool()
        stripsRight = try fields.required("rstrip").bool()
        isNormalized = try fields.required("normalized").bool()
        isSpecial = try fields.required("special").bool()
        try fields.finish()
    }

    fileprivate var json: String {
        JSONText.object([
            ("id", "\(id)"), ("content", JSONText.string(content)),
            ("single_word", "\(isSingleWord)"), ("lstrip", "\(stripsLeft)"),
            ("rstrip", "\(stripsRight)"), ("normalized", "\(isNormalized)"),
            ("special", "\(isSpecial)"),
        ])
    }
}

extension SubwordTokenizer.Truncation {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        self.init(longest: try fields.required("max_length").natural())
        strategy = try fields.required("strategy").choice(
            Strategy.self, of: [.longestFirst, .onlyFirst, .onlySecond])
        side =
            try fields.optional("direction")?.choice(
                SubwordTokenizer.Side.self, of: [.left, .right]) ?? .right
        stride = try fields.required("stride").natural()
        try fields.finish()
    }

    fileprivate var json: String {
        JSONText.object([
            ("direction", JSONText.string(side.rawValue)), ("max_length", "\(longest)"),
            ("strategy", JSONText.string(strategy.rawValue)), ("stride", "\(stride)"),
        ])
    }
}

extension SubwordTokenizer.Padding {
    /// The most tokens a file may ask for.
    private static let longest = 1 << 24

    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        let strategy = try fields.required("strategy")
        self.init(
            try fields.required("pad_token").string(), id: try fields.required("pad_id").natural())
        if case .string(let name) = strategy.value, name == "BatchLongest" {
            length = nil
        } else {
            var fixed = try JSONFields(strategy)
            length = try Self.length(try fixed.required("Fixed"))
            try fixed.finish()
        }
        if let node = fields.optional("pad_to_multiple_of") { multiple = try Self.length(node) }
        side = try fields.required("direction").choice(
            SubwordTokenizer.Side.self, of: [.left, .right])
        typeID = try fields.required("pad_type_id").natural()
        try fields.finish()
    }

    private static func length(_ node: JSONNode) throws(JSONNode.Failure) -> Int {
        let length = try node.natural()
        guard length <= longest else {
            throw node.failure("the length \(length)", expected: "at most \(longest)")
        }
        return length
    }

    fileprivate var json: String {
        JSONText.object([
            (
                "strategy",
                length.map { JSONText.object([("Fixed", "\($0)")]) }
                    ?? JSONText.string("BatchLongest")
            ),
            ("direction", JSONText.string(side.rawValue)),
            ("pad_to_multiple_of", multiple.map { "\($0)" } ?? "null"), ("pad_id", "\(id)"),
            ("pad_type_id", "\(typeID)"), ("pad_token", JSONText.string(token)),
        ])
    }
}
