internal import Foundation
internal import MartletData

extension SubwordTokenizer.Normalizer {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        let type = try fields.required("type")
        switch try type.string() {
        case "NFC": self = .nfc
        case "NFD": self = .nfd
        case "NFKC": self = .nfkc
        case "NFKD": self = .nfkd
        case "Lowercase": self = .lowercase
        case "StripAccents": self = .stripAccents
        case "Nmt": self = .nmt
        case "ByteLevel": self = .byteLevel
        case "Strip":
            self = .strip(
                left: try fields.required("strip_left").bool(),
                right: try fields.required("strip_right").bool())
        case "Replace":
            self = .replace(
                try SubwordTokenizer.Pattern(try fields.required("pattern")),
                with: try fields.required("content").string())
        case "Prepend": self = .prepend(try fields.required("prepend").string())
        case "BertNormalizer":
            self = .bert(
                cleansText: try fields.required("clean_text").bool(),
                padsChinese: try fields.required("handle_chinese_chars").bool(),
                stripsAccents: try fields.optional("strip_accents")?.bool(),
                lowercases: try fields.required("lowercase").bool())
        case "Precompiled":
            let map = try fields.required("precompiled_charsmap")
            let text = try map.string()
            guard let data = Data(base64Encoded: text) else {
                throw map.failure("text that is not base64", expected: "base64")
            }
            self = .precompiled(
                try map.placing { () throws(SubwordProblem) in
                    try SubwordTokenizer.CharacterMap(Array(data))
                })
        case "Sequence":
            var parts: [Self] = []
            for part in try fields.required("normalizers").array() { parts.append(try Self(part)) }
            self = .sequence(parts)
        case let other:
            throw type.failure(
                "the normalizer \(quoted(other))",
                expected: "one of BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, "
                    + "Precompiled, Prepend, Replace, Sequence, Strip, StripAccents")
        }
        try fields.finish()
    }

    /// What files have of it; nil where they have nothing like it.
    var json: String? {
        func object(_ type: String, _ members: [(key: String, value: String)] = []) -> String {
            JSONText.object([("type", JSONText.string(type))] + members)
        }
        switch self {
        case .nfc: return object("NFC")
        case .nfd: return object("NFD")
        case .nfkc: return object("NFKC")
        case .nfkd: return object("NFKD")
        case .lowercase: return object("Lowercase")
        case .stripAccents: return object("StripAccents")
        case .nmt: return object("Nmt")
        case .byteLevel: return object("ByteLevel")
        case .strip(let left, let right):
            return object("Strip", [("strip_left", "\(left)"), ("strip_right", "\(right)")])
        case .replace(let pattern, let content):
            return object(
                "Replace", [("pattern", pattern.json), ("content", JSONText.string(content))])
        case .prepend(let prefix): return object("Prepend", [("prepend", JSONText.string(prefix))])
        case .bert(let cleans, let pads, let strips, let lowercases):
            return object(
                "BertNormalizer",
                [
                    ("clean_text", "\(cleans)"), ("handle_chinese_chars", "\(pads)"),
                    ("strip_accents", strips.map { "\($0)" } ?? "null"),
                    ("lowercase", "\(lowercases)"),
                ])
        case .precompiled(let map):
            let text = Data(map.bytes).base64EncodedString()
            return object("Precompiled", [("precompiled_charsmap", JSONText.string(text))])
        case .sequence(let parts):
            let texts = parts.compactMap(\.json)
            guard texts.count == parts.count else { return nil }
            return object("Sequence", [("normalizers", JSONText.array(texts))])
        case .sentencePiece: return nil
        }
    }
}

extension SubwordTokenizer.Pattern {
    init(_ node: JSONNode) throws(JSONNode.Failure) {
        var fields = try JSONFields(node)
        if let text = fields.optional("String") {
            self.init(try text.string())
        } else {
            let text = try fields.required("Regex")
            let expression = try text.string()
            self = try text.placing { () throws(SubwordProblem) in
                try SubwordTokenizer.Pattern(expression: expression)
            }
        }
        try fields.finish()
    }

    var json: String {
        JSONText.object([(isRegex ? "Regex" : "String", JSONText.string(text))])
    }
}
