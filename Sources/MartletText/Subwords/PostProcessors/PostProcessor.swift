extension SubwordTokenizer {
    /// A token with its id.
    public struct SpecialToken: Sendable, Equatable {
        /// What it is called.
        public var token: String
        /// Its number.
        public var id: Int

        /// A token with its id.
        public init(_ token: String, id: Int) {
            self.token = token
            self.id = id
        }
    }

    /// What a template consists of.
    public enum TemplatePart: Sendable, Equatable {
        /// The tokens of the first text, with their type id.
        case first(type: Int)
        /// The tokens of the second text, with their type id.
        case second(type: Int)
        /// A special token by its name, with its type id.
        case special(String, type: Int)
    }

    /// Puts tokens around those of texts: each case is one of Hugging Face tokenizers' post-processors.
    public indirect enum PostProcessor: Sendable, Equatable {
        /// What one text becomes, and two, and the tokens that the names of special ones stand for.
        case template(
            single: [TemplatePart], pair: [TemplatePart], special: [String: [SpecialToken]])
        /// `[CLS] first [SEP] second [SEP]`.
        case bert(separator: SpecialToken, classification: SpecialToken)
        /// `<s> first </s></s> second </s>`, ranges without spaces where `trimsOffsets`.
        case roberta(
            separator: SpecialToken, classification: SpecialToken, trimsOffsets: Bool = true,
            addsPrefixSpace: Bool = true)
        /// Ranges without spaces where `trimsOffsets`.
        case byteLevel(trimsOffsets: Bool = true, addsPrefixSpace: Bool = true)
        /// One after another.
        case sequence([PostProcessor])

        /// How many tokens are put around one text or two.
        func addedCount(isPair: Bool) -> Int {
            switch self {
            case .template(let single, let pair, let special):
                (isPair ? pair : single).reduce(0) { count, part in
                    if case .special(let name, _) = part {
                        count + (special[name]?.count ?? 0)
                    } else {
                        count
                    }
                }
            case .bert: isPair ? 3 : 2
            case .roberta: isPair ? 4 : 2
            case .byteLevel: 0
            case .sequence(let parts): parts.reduce(0) { $0 + $1.addedCount(isPair: isPair) }
            }
        }

        /// Processes the encodings of one text, or of two.
        func apply(_ encodings: [Encoding], addsSpecialTokens: Bool) -> [Encoding] {
            switch self {
            case .template(let single, let pair, let special):
                return PostProcessor.fill(
                    encodings.count > 1 ? pair : single, encodings, special,
                    addsSpecialTokens: addsSpecialTokens)
            case .bert(let separator, let classification):
                var parts: [TemplatePart] = [
                    .special("[CLS]", type: 0), .first(type: 0), .special("[SEP]", type: 0),
                ]
                if encodings.count > 1 { parts += [.second(type: 1), .special("[SEP]", type: 1)] }
                guard addsSpecialTokens else { return encodings }
                return PostProcessor.fill(
                    parts, encodings, ["[CLS]": [classification], "[SEP]": [separator]],
                    addsSpecialTokens: true)
            case .roberta(let separator, let classification, let trims, let addsPrefixSpace):
                var encodings = encodings
                for index in encodings.indices {
                    if trims { encodings[index].trimSpaces(addsPrefixSpace: addsPrefixSpace) }
                    encodings[index].typeIDs = encodings[index].typeIDs.map { _ in 0 }
                }
                guard addsSpecialTokens else { return encodings }
                var parts: [TemplatePart] = [
                    .special("<s>", type: 0), .first(type: 0), .special("</s>", type: 0),
                ]
                if encodings.count > 1 {
                    parts += [
                        .special("</s>", type: 0), .second(type: 0), .special("</s>", type: 0),
                    ]
                }
                return PostProcessor.fill(
                    parts, encodings, ["<s>": [classification], "</s>": [separator]],
                    addsSpecialTokens: true)
            case .byteLevel(let trims, let addsPrefixSpace):
                guard trims else { return encodings }
                return encodings.map {
                    var encoding = $0
                    encoding.trimSpaces(addsPrefixSpace: addsPrefixSpace)
                    return encoding
                }
            case .sequence(let parts):
                return parts.reduce(encodings) {
                    $1.apply($0, addsSpecialTokens: addsSpecialTokens)
                }
            }
        }

        private static func fill(
            _ parts: [TemplatePart], _ encodings: [Encoding], _ special: [String: [SpecialToken]],
            addsSpecialTokens: Bool
        ) -> [Encoding] {
            var result: [Encoding] = []
            func add(_ encoding: Encoding, type: Int) {
                var encoding = encoding
                encoding.typeIDs = encoding.typeIDs.map { _ in type }
                result.append(encoding)
            }
            for part in parts {
                switch part {
                case .first(let type): add(encodings[0], type: type)
                case .second(let type): if encodings.count > 1 { add(encodings[1], type: type) }
                case .special(let name, let type):
                    guard addsSpecialTokens else { continue }
                    var encoding = Encoding()
                    for token in special[name] ?? [] {
                        encoding.append(
                            token.id, token.token, 0..<0, type: type, word: nil, isSpecial: true)
                    }
                    result.append(encoding)
                }
            }
            return result
        }
    }
}

extension SubwordTokenizer.Encoding {
    /// Makes ranges of byte-level tokens be without the spaces at their ends, but for one that was put before the text.
    fileprivate mutating func trimSpaces(addsPrefixSpace: Bool) {
        func width(_ scalar: Unicode.Scalar) -> Int? {
            if scalar.value == ByteLevel.space { return 1 }
            return Scalars.isWhitespace(scalar.value) ? String(Character(scalar)).utf8.count : nil
        }
        for index in ids.indices {
            let scalars = tokens[index].unicodeScalars
            guard let first = scalars.first, let last = scalars.last,
                width(first) != nil || width(last) != nil
            else { continue }
            var leading: [Int] = []
            for scalar in scalars {
                guard let width = width(scalar) else { break }
                leading.append(width)
            }
            var trailing = 0
            for scalar in scalars.reversed() {
                guard let width = width(scalar) else { break }
                trailing += width
            }
            var (lower, upper) = (ranges[index].lowerBound, ranges[index].upperBound)
            if addsPrefixSpace, index == 0 || lower == 0, !leading.isEmpty { leading.removeFirst() }
            lower = min(lower + leading.reduce(0, +), upper)
            if trailing > 0, upper >= trailing { upper = max(upper - trailing, lower) }
            ranges[index] = lower..<upper
        }
    }
}
