internal import MartletData

extension SubwordTokenizer.Decoder {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        let type = try fields.required("type")
        switch try type.string() {
        case "ByteLevel":
            for key in ["add_prefix_space", "trim_offsets", "use_regex"] {
                _ = try fields.flag(key, default: true)
            }
            self = .byteLevel
        case "WordPiece":
            self = .wordPiece(
                prefix: try fields.required("prefix").string(),
                cleansUp: try fields.required("cleanup").bool())
        case "Metaspace":
            let sign = try MetaspaceFields(&fields)
            self = .metaspace(replacement: sign.replacement, prepends: sign.scheme)
        case "BPEDecoder": self = .bpe(suffix: try fields.required("suffix").string())
        case "ByteFallback": self = .byteFallback
        case "Fuse": self = .fuse
        case "Replace":
            self = .replace(
                try SubwordTokenizer.Pattern(try fields.required("pattern")),
                with: try fields.required("content").string())
        case "Strip":
            self = .strip(
                try fields.required("content").scalar(),
                start: try fields.required("start").natural(),
                stop: try fields.required("stop").natural())
        case "Sequence":
            var parts: [Self] = []
            for part in try fields.required("decoders").array() { parts.append(try Self(part)) }
            self = .sequence(parts)
        case let other:
            throw type.failure(
                "the decoder \(quoted(other))",
                expected: "one of BPEDecoder, ByteFallback, ByteLevel, Fuse, Metaspace, Replace, "
                    + "Sequence, Strip, WordPiece")
        }
        try fields.finish()
    }

    /// What files have of it; nil where they have nothing like it.
    var json: String? {
        func object(_ type: String, _ members: [(key: String, value: String)] = []) -> String {
            JSONText.object([("type", JSONText.string(type))] + members)
        }
        switch self {
        case .byteLevel:
            return object(
                "ByteLevel",
                [("add_prefix_space", "true"), ("trim_offsets", "true"), ("use_regex", "true")])
        case .wordPiece(let prefix, let cleansUp):
            return object(
                "WordPiece", [("prefix", JSONText.string(prefix)), ("cleanup", "\(cleansUp)")])
        case .metaspace(let replacement, let scheme):
            return object("Metaspace", MetaspaceFields(replacement, scheme, true).members)
        case .bpe(let suffix): return object("BPEDecoder", [("suffix", JSONText.string(suffix))])
        case .byteFallback: return object("ByteFallback")
        case .fuse: return object("Fuse")
        case .replace(let pattern, let content):
            return object(
                "Replace", [("pattern", pattern.json), ("content", JSONText.string(content))])
        case .strip(let content, let start, let stop):
            return object(
                "Strip",
                [
                    ("content", JSONText.string(String(Character(content)))),
                    ("start", "\(start)"), ("stop", "\(stop)"),
                ])
        case .sequence(let parts):
            let texts = parts.compactMap(\.json)
            guard texts.count == parts.count else { return nil }
            return object("Sequence", [("decoders", JSONText.array(texts))])
        case .sentencePiece: return nil
        }
    }
}
