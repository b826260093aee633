internal import MartletData

extension SubwordTokenizer.PostProcessor {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        let type = try fields.required("type")
        switch try type.string() {
        case "BertProcessing":
            self = .bert(
                separator: try .init(pair: try fields.required("sep")),
                classification: try .init(pair: try fields.required("cls")))
        case "RobertaProcessing":
            self = .roberta(
                separator: try .init(pair: try fields.required("sep")),
                classification: try .init(pair: try fields.required("cls")),
                trimsOffsets: try fields.required("trim_offsets").bool(),
                addsPrefixSpace: try fields.required("add_prefix_space").bool())
        case "ByteLevel":
            self = .byteLevel(
                trimsOffsets: try fields.required("trim_offsets").bool(),
                addsPrefixSpace: try fields.required("add_prefix_space").bool())
            _ = try fields.flag("use_regex", default: true)
        case "TemplateProcessing": self = try Self(template: &fields)
        case "Sequence":
            var parts: [Self] = []
            for part in try fields.required("processors").array() { parts.append(try Self(part)) }
            self = .sequence(parts)
        case let other:
            throw type.failure(
                "the post-processor \(quoted(other))",
                expected: "one of BertProcessing, ByteLevel, RobertaProcessing, Sequence, "
                    + "TemplateProcessing")
        }
        try fields.finish()
    }

    private init(template fields: inout JSONFields) throws(JSONNode.Failure) {
        var special: [String: [SubwordTokenizer.SpecialToken]] = [:]
        for (key, _, value) in try fields.required("special_tokens").members() {
            var entry = try JSONFields(value)
            let name = try entry.required("id")
            let ids = try entry.required("ids").array()
            let tokens = try entry.required("tokens").array()
            guard try name.string() == key, ids.count == tokens.count, special[key] == nil else {
                throw name.failure(
                    "the special token \(quoted(key))",
                    expected: "its name once and as its id, and as many tokens as ids")
            }
            var list: [SubwordTokenizer.SpecialToken] = []
            for (id, token) in zip(ids, tokens) {
                list.append(.init(try token.string(), id: try id.natural()))
            }
            special[key] = list
            try entry.finish()
        }
        let single = try Self.parts(try fields.required("single"), special)
        let pair = try Self.parts(try fields.required("pair"), special)
        self = .template(single: single, pair: pair, special: special)
    }

    private static func parts(
        _ node: JSONNode, _ special: [String: [SubwordTokenizer.SpecialToken]]
    ) throws(JSONNode.Failure) -> [SubwordTokenizer.TemplatePart] {
        var parts: [SubwordTokenizer.TemplatePart] = []
        for element in try node.array() {
            var fields = try JSONFields(element)
            let sequence = fields.optional("Sequence")
            let inner: JSONNode
            if let sequence {
                inner = sequence
            } else {
                inner = try fields.required("SpecialToken")
            }
            var part = try JSONFields(inner)
            let id = try part.required("id")
            let name = try id.string()
            let type = try part.required("type_id").natural()
            switch (sequence != nil, name) {
            case (true, "A"): parts.append(.first(type: type))
            case (true, "B"): parts.append(.second(type: type))
            case (false, _) where special[name] != nil: parts.append(.special(name, type: type))
            default:
                throw id.failure(
                    "the part \(quoted(name))",
                    expected: "A, B or one of the template's special tokens")
            }
            try part.finish()
            try fields.finish()
        }
        return parts
    }

    /// What files have of it.
    var json: String {
        func object(_ type: String, _ members: [(key: String, value: String)]) -> String {
            JSONText.object([("type", JSONText.string(type))] + members)
        }
        switch self {
        case .bert(let separator, let classification):
            return object(
                "BertProcessing", [("sep", separator.json), ("cls", classification.json)])
        case .roberta(let separator, let classification, let trims, let addsPrefixSpace):
            return object(
                "RobertaProcessing",
                [
                    ("sep", separator.json), ("cls", classification.json),
                    ("trim_offsets", "\(trims)"), ("add_prefix_space", "\(addsPrefixSpace)"),
                ])
        case .byteLevel(let trims, let addsPrefixSpace):
            return object(
                "ByteLevel",
                [
                    ("add_prefix_space", "\(addsPrefixSpace)"), ("trim_offsets", "\(trims)"),
                    ("use_regex", "true"),
                ])
        case .template(let single, let pair, let special):
            let tokens = special.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { name, tokens in
                    (
                        key: name,
                        value: JSONText.object([
                            ("id", JSONText.string(name)),
                            ("ids", JSONText.array(tokens.map { "\($0.id)" })),
                            ("tokens", JSONText.array(tokens.map { JSONText.string($0.token) })),
                        ])
                    )
                }
            return object(
                "TemplateProcessing",
                [
                    ("single", JSONText.array(single.map(\.json))),
                    ("pair", JSONText.array(pair.map(\.json))),
                    ("special_tokens", JSONText.object(tokens)),
                ])
        case .sequence(let parts):
            return object("Sequence", [("processors", JSONText.array(parts.map(\.json)))])
        }
    }
}

extension SubwordTokenizer.SpecialToken {
    fileprivate init(pair node: JSONNode) throws(JSONNode.Failure) {
        let parts = try node.array()
        guard parts.count == 2 else {
            throw node.failure("an array of \(parts.count)", expected: "a token and its id")
        }
        self.init(try parts[0].string(), id: try parts[1].natural())
    }

    fileprivate var json: String { JSONText.array([JSONText.string(token), "\(id)"]) }
}

extension SubwordTokenizer.TemplatePart {
    fileprivate var json: String {
        let (kind, name, type) =
            switch self {
            case .first(let type): ("Sequence", "A", type)
            case .second(let type): ("Sequence", "B", type)
            case .special(let name, let type): ("SpecialToken", name, type)
            }
        return JSONText.object([
            (kind, JSONText.object([("id", JSONText.string(name)), ("type_id", "\(type)")]))
        ])
    }
}
