internal import MartletData

extension SubwordTokenizer.PreTokenizer {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        let type = try fields.required("type")
        switch try type.string() {
        case "BertPreTokenizer": self = .bert
        case "Whitespace": self = .whitespace
        case "WhitespaceSplit": self = .whitespaceSplit
        case "ByteLevel":
            self = .byteLevel(
                addsPrefixSpace: try fields.required("add_prefix_space").bool(),
                trimsOffsets: try fields.required("trim_offsets").bool(),
                usesRegex: try fields.flag("use_regex", default: true))
        case "Metaspace":
            let sign = try MetaspaceFields(&fields)
            self = .metaspace(
                replacement: sign.replacement, prepends: sign.scheme, splits: sign.splits)
        case "Punctuation":
            self = .punctuation(try fields.optional("behavior").behavior(default: .isolated))
        case "Digits": self = .digits(individually: try fields.required("individual_digits").bool())
        case "CharDelimiterSplit": self = .delimiter(try fields.required("delimiter").scalar())
        case "FixedLength":
            let length = try fields.required("length")
            self = .fixedLength(try length.natural())
            if case .fixedLength(0) = self {
                throw length.failure("the length 0", expected: "at least 1")
            }
        case "Split":
            self = .split(
                try SubwordTokenizer.Pattern(try fields.required("pattern")),
                try Optional(try fields.required("behavior")).behavior(default: .isolated),
                inverts: try fields.flag("invert", default: false))
        case "Sequence":
            var parts: [Self] = []
            for part in try fields.required("pretokenizers").array() {
                parts.append(try Self(part))
            }
            self = .sequence(parts)
        case let other:
            throw type.failure(
                "the pre-tokenizer \(quoted(other))",
                expected: "one of BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, "
                    + "FixedLength, Metaspace, Punctuation, Sequence, Split, Whitespace, "
                    + "WhitespaceSplit")
        }
        try fields.finish()
    }

    /// What files have of it.
    var json: String {
        func object(_ type: String, _ members: [(key: String, value: String)] = []) -> String {
            JSONText.object([("type", JSONText.string(type))] + members)
        }
        func name(_ behavior: SubwordTokenizer.SplitBehavior) -> String {
            JSONText.string(behavior.rawValue)
        }
        switch self {
        case .bert: return object("BertPreTokenizer")
        case .whitespace: return object("Whitespace")
        case .whitespaceSplit: return object("WhitespaceSplit")
        case .byteLevel(let addsPrefixSpace, let trimsOffsets, let usesRegex):
            return object(
                "ByteLevel",
                [
                    ("add_prefix_space", "\(addsPrefixSpace)"),
                    ("trim_offsets", "\(trimsOffsets)"), ("use_regex", "\(usesRegex)"),
                ])
        case .metaspace(let replacement, let scheme, let splits):
            return object("Metaspace", MetaspaceFields(replacement, scheme, splits).members)
        case .punctuation(let behavior):
            return object("Punctuation", [("behavior", name(behavior))])
        case .digits(let individually):
            return object("Digits", [("individual_digits", "\(individually)")])
        case .delimiter(let scalar):
            return object(
                "CharDelimiterSplit", [("delimiter", JSONText.string(String(Character(scalar))))])
        case .fixedLength(let length): return object("FixedLength", [("length", "\(length)")])
        case .split(let pattern, let behavior, let inverts):
            return object(
                "Split",
                [
                    ("pattern", pattern.json), ("behavior", name(behavior)),
                    ("invert", "\(inverts)"),
                ])
        case .sequence(let parts):
            return object("Sequence", [("pretokenizers", JSONText.array(parts.map(\.json)))])
        }
    }
}

extension JSONNode? {
    fileprivate func behavior(
        default behavior: SubwordTokenizer.SplitBehavior
    ) throws(JSONNode.Failure) -> SubwordTokenizer.SplitBehavior {
        try self?.choice(
            SubwordTokenizer.SplitBehavior.self,
            of: [.removed, .isolated, .mergedWithPrevious, .mergedWithNext, .contiguous])
            ?? behavior
    }
}

/// What files have of a sign for spaces.
struct MetaspaceFields {
    let replacement: Unicode.Scalar
    let scheme: SubwordTokenizer.PrependScheme
    let splits: Bool

    init(
        _ replacement: Unicode.Scalar, _ scheme: SubwordTokenizer.PrependScheme, _ splits: Bool
    ) {
        (self.replacement, self.scheme, self.splits) = (replacement, scheme, splits)
    }

    init(_ fields: inout JSONFields) throws(JSONNode.Failure) {
        replacement = try fields.required("replacement").scalar()
        // Older files say whether there is a prefix, and write the sign twice.
        let isOldPrefix = try fields.optional("add_prefix_space")?.bool()
        _ = try fields.optional("str_rep")?.scalar()
        let scheme = try fields.optional("prepend_scheme")?.choice(
            SubwordTokenizer.PrependScheme.self, of: [.always, .first, .never])
        self.scheme = isOldPrefix == false ? .never : scheme ?? .always
        splits = try fields.flag("split", default: true)
    }

    var members: [(key: String, value: String)] {
        [
            ("replacement", JSONText.string(String(Character(replacement)))),
            ("prepend_scheme", JSONText.string(scheme.rawValue)), ("split", "\(splits)"),
        ]
    }
}
