internal import MartletData

extension SubwordModel {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        let type = try fields.required("type")
        switch try type.string() {
        case "BPE": self = .bpe(try SubwordModel.bpe(&fields))
        case "WordPiece":
            let vocabulary = try SubwordVocabulary(try fields.required("vocab"))
            let unknown = try fields.required("unk_token")
            let token = try unknown.string()
            let prefix = try fields.required("continuing_subword_prefix").string()
            let longest = try fields.required("max_input_chars_per_word").natural()
            self = .wordPiece(
                try unknown.placing { () throws(SubwordProblem) in
                    try WordPieceModel(
                        vocabulary, unknownToken: token, continuingPrefix: prefix,
                        longestWord: longest)
                })
        case "WordLevel":
            let vocabulary = try SubwordVocabulary(try fields.required("vocab"))
            let unknown = try fields.required("unk_token")
            let token = try unknown.string()
            self = .wordLevel(
                try unknown.placing { () throws(SubwordProblem) in
                    try WordLevelModel(vocabulary, unknownToken: token)
                })
        case "Unigram": self = .unigram(try SubwordModel.unigram(&fields))
        case let other:
            throw type.failure(
                "the model \(quoted(other))",
                expected: "one of BPE, Unigram, WordLevel, WordPiece")
        }
        try fields.finish()
    }

    private static func bpe(_ fields: inout JSONFields) throws(JSONNode.Failure) -> BPEModel {
        if let dropout = fields.optional("dropout"), try dropout.number() != 0 {
            throw dropout.failure(
                "the dropout \(try dropout.number())",
                expected: "none: merges that are left out by chance are for training only")
        }
        let vocabulary = try SubwordVocabulary(try fields.required("vocab"))
        let merges = try fields.required("merges")
        var pairs: [(left: String, right: String)] = []
        for merge in try merges.array() { pairs.append(try pair(merge)) }
        var options = BPEModel.Options()
        options.unknownToken = try fields.optional("unk_token")?.string()
        options.continuingPrefix = try fields.optional("continuing_subword_prefix")?.string()
        options.endOfWordSuffix = try fields.optional("end_of_word_suffix")?.string()
        options.fusesUnknown = try fields.flag("fuse_unk", default: false)
        options.byteFallback = try fields.flag("byte_fallback", default: false)
        options.ignoresMerges = try fields.flag("ignore_merges", default: false)
        return try merges.placing { () throws(SubwordProblem) in
            try BPEModel(vocabulary, merges: pairs, options: options)
        }
    }

    /// A merge: two tokens, in older files as one text with a space between them.
    private static func pair(
        _ node: JSONNode
    ) throws(JSONNode.Failure) -> (left: String, right: String) {
        if case .array(let parts) = node.value, parts.count == 2 {
            return (try parts[0].string(), try parts[1].string())
        }
        let text = try node.string()
        let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw node.failure("the merge \(quoted(text))", expected: "two tokens")
        }
        return (
            String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self)
        )
    }

    private static func unigram(
        _ fields: inout JSONFields
    ) throws(JSONNode.Failure) -> UnigramModel {
        let vocabulary = try fields.required("vocab")
        var entries: [(token: String, id: Int)] = []
        var scores: [Double] = []
        for entry in try vocabulary.array() {
            let parts = try entry.array()
            guard parts.count == 2 else {
                throw entry.failure(
                    "an array of \(parts.count)", expected: "a token and its log probability")
            }
            entries.append((try parts[0].string(), entries.count))
            scores.append(try parts[1].number())
        }
        let unknown = fields.optional("unk_id")
        let id = try unknown?.natural()
        if let unknown, let id, id >= entries.count {
            throw unknown.failure("the id \(id)", expected: "one of the \(entries.count) tokens'")
        }
        var options = UnigramModel.Options()
        options.byteFallback = try fields.flag("byte_fallback", default: false)
        return UnigramModel(
            try vocabulary.placing { () throws(SubwordProblem) in try SubwordVocabulary(entries) },
            scores: scores, unknown: id, options: options)
    }

    /// What files have of it.
    var json: String {
        func object(_ type: String, _ members: [(key: String, value: String)]) -> String {
            JSONText.object([("type", JSONText.string(type))] + members)
        }
        func optional(_ text: String?) -> String { text.map(JSONText.string) ?? "null" }
        switch self {
        case .bpe(let model):
            let options = model.options
            return object(
                "BPE",
                [
                    ("dropout", "null"), ("unk_token", optional(options.unknownToken)),
                    ("continuing_subword_prefix", optional(options.continuingPrefix)),
                    ("end_of_word_suffix", optional(options.endOfWordSuffix)),
                    ("fuse_unk", "\(options.fusesUnknown)"),
                    ("byte_fallback", "\(options.byteFallback)"),
                    ("ignore_merges", "\(options.ignoresMerges)"),
                    ("vocab", model.vocabulary.json),
                    (
                        "merges",
                        JSONText.array(
                            model.merges.map {
                                JSONText.array([
                                    JSONText.string($0.left), JSONText.string($0.right),
                                ])
                            })
                    ),
                ])
        case .wordPiece(let model):
            return object(
                "WordPiece",
                [
                    ("unk_token", JSONText.string(model.unknownToken)),
                    ("continuing_subword_prefix", JSONText.string(model.continuingPrefix)),
                    ("max_input_chars_per_word", "\(model.longestWord)"),
                    ("vocab", model.vocabulary.json),
                ])
        case .wordLevel(let model):
            return object(
                "WordLevel",
                [
                    ("vocab", model.vocabulary.json),
                    ("unk_token", JSONText.string(model.unknownToken)),
                ])
        case .unigram(let model):
            let entries = model.vocabulary.entries.map { token, id in
                JSONText.array([JSONText.string(token), "\(model.scores[id])"])
            }
            return object(
                "Unigram",
                [
                    ("unk_id", model.unknown.map { "\($0)" } ?? "null"),
                    ("vocab", JSONText.array(entries)),
                    ("byte_fallback", "\(model.options.byteFallback)"),
                ])
        }
    }
}

extension SubwordVocabulary {
    /// An object of tokens and their ids.
    fileprivate init(_ node: JSONNode) throws(JSONNode.Failure) {
        var entries: [(token: String, id: Int)] = []
        for (key, _, value) in try node.members() { entries.append((key, try value.natural())) }
        self = try node.placing { () throws(SubwordProblem) in try SubwordVocabulary(entries) }
    }

    fileprivate var json: String {
        JSONText.object(entries.map { ($0.token, "\($0.id)") })
    }
}
