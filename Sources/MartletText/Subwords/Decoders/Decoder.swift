extension SubwordTokenizer {
    /// Makes text of tokens: each case is one of Hugging Face tokenizers' decoders.
    public indirect enum Decoder: Sendable, Equatable {
        /// Code points that stand for bytes, as GPT-2 has it; what is no UTF-8 becomes U+FFFD.
        case byteLevel
        /// Tokens with the prefix go on, others have a space before them; `cleansUp` takes away spaces before punctuation
        /// and in English contractions.
        case wordPiece(prefix: String = "##", cleansUp: Bool = true)
        /// The sign for spaces becomes a space, or nothing at the beginning unless it was never put there.
        case metaspace(replacement: Unicode.Scalar = "▁", prepends: PrependScheme = .always)
        /// The suffix of tokens that end a word becomes a space.
        case bpe(suffix: String = "</w>")
        /// Tokens that stand for bytes become the text that they are together; what is no UTF-8 becomes U+FFFD.
        case byteFallback
        /// All tokens become one.
        case fuse
        /// Another text in the place of each match.
        case replace(Pattern, with: String)
        /// Up to so many of a code point are left out at the ends of each token.
        case strip(Unicode.Scalar, start: Int = 0, stop: Int = 0)
        /// SentencePiece's: bytes, spaces, none at the beginning, and what the unknown token is shown as.
        case sentencePiece(
            addsDummyPrefix: Bool = true, removesExtraWhitespace: Bool = true,
            unknown: String = "<unk>", surface: String = " \u{2047} ")
        /// One after another.
        case sequence([Decoder])

        /// What tokens become, which are then put together.
        func apply(_ tokens: [String]) -> [String] {
            switch self {
            case .byteLevel: return [Decoder.bytesAsText(tokens)]
            case .wordPiece(let prefix, let cleansUp):
                return tokens.enumerated().map { index, token in
                    var token = token
                    if index > 0 {
                        token =
                            token.utf8.starts(with: prefix.utf8)
                            ? String(
                                decoding: token.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
                            : " " + token
                    }
                    return cleansUp ? Decoder.cleanedUp(token) : token
                }
            case .metaspace(let replacement, let scheme):
                return tokens.enumerated().map { index, token in
                    var result = String.UnicodeScalarView()
                    for scalar in token.unicodeScalars {
                        if scalar != replacement {
                            result.append(scalar)
                        } else if index > 0 || scheme == .never {
                            result.append(" ")
                        }
                    }
                    return String(result)
                }
            case .bpe(let suffix):
                return tokens.enumerated().map { index, token in
                    token.replacing(
                        Pattern(suffix), with: index == tokens.count - 1 ? "" : " ")
                }
            case .byteFallback: return Decoder.withBytes(tokens)
            case .fuse: return [tokens.joined()]
            case .replace(let pattern, let content):
                return tokens.map { $0.replacing(pattern, with: content) }
            case .strip(let content, let start, let stop):
                return tokens.map { Decoder.stripped($0, of: content, start, stop) }
            case .sentencePiece(
                let addsDummyPrefix, let removesExtraWhitespace, let unknown, let surface):
                return Decoder.sentence(
                    tokens, strips: addsDummyPrefix || removesExtraWhitespace,
                    stripsAll: removesExtraWhitespace, unknown: unknown, surface: surface)
            case .sequence(let decoders): return decoders.reduce(tokens) { $1.apply($0) }
            }
        }

        private static func bytesAsText(_ tokens: [String]) -> String {
            var bytes: [UInt8] = []
            for token in tokens {
                let mapped = token.unicodeScalars.map { scalar in
                    scalar.value < 324 ? ByteLevel.bytes[Int(scalar.value)] : nil
                }
                // A token that is not written so, such as a special one, stands for itself.
                bytes += mapped.contains(nil) ? Array(token.utf8) : mapped.compactMap { $0 }
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        private static let contractions: [(Pattern, String)] = [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
            (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ].map { (Pattern($0), $1) }

        private static func cleanedUp(_ token: String) -> String {
            contractions.reduce(token) { $0.replacing($1.0, with: $1.1) }
        }

        /// The byte that a token stands for; nil where it stands for none.
        private static func byte(_ token: String) -> UInt8? {
            let bytes = Array(token.utf8)
            guard bytes.count == 6, bytes.starts(with: "<0x".utf8), bytes[5] == UInt8(ascii: ">")
            else { return nil }
            return UInt8(String(decoding: bytes[3..<5], as: UTF8.self), radix: 16)
        }

        private static func withBytes(_ tokens: [String]) -> [String] {
            var result: [String] = []
            var bytes: [UInt8] = []
            func flush() {
                if !bytes.isEmpty {
                    result +=
                        String(validating: bytes, as: UTF8.self).map { [$0] }
                        ?? bytes.map { _ in "\u{FFFD}" }
                }
                bytes = []
            }
            for token in tokens {
                if let byte = byte(token) {
                    bytes.append(byte)
                } else {
                    flush()
                    result.append(token)
                }
            }
            flush()
            return result
        }

        private static func stripped(
            _ token: String, of content: Unicode.Scalar, _ start: Int, _ stop: Int
        ) -> String {
            var scalars = token.unicodeScalars[...]
            var left = start
            while left > 0, scalars.first == content {
                scalars.removeFirst()
                left -= 1
            }
            left = stop
            while left > 0, scalars.last == content {
                scalars.removeLast()
                left -= 1
            }
            return String(scalars)
        }

        private static func sentence(
            _ tokens: [String], strips: Bool, stripsAll: Bool, unknown: String, surface: String
        ) -> [String] {
            var result: [String] = []
            var isAtStart = strips
            var bytes: [UInt8] = []
            func flush() {
                guard !bytes.isEmpty else { return }
                result.append(String(decoding: bytes, as: UTF8.self))
                bytes = []
                isAtStart = false
            }
            for token in tokens {
                if let byte = byte(token) {
                    bytes.append(byte)
                    continue
                }
                flush()
                if token.utf8.elementsEqual(unknown.utf8) {
                    result.append(surface)
                    isAtStart = false
                    continue
                }
                var scalars = token.unicodeScalars[...]
                if isAtStart, scalars.first?.value == SentencePieceNormalizer.space {
                    scalars.removeFirst()
                    isAtStart = stripsAll
                }
                if !scalars.isEmpty { isAtStart = false }
                result.append(
                    String(
                        String.UnicodeScalarView(
                            scalars.map { $0.value == SentencePieceNormalizer.space ? " " : $0 })))
            }
            flush()
            return result
        }
    }
}

extension String {
    /// The text with another one in the place of each match.
    fileprivate func replacing(
        _ pattern: SubwordTokenizer.Pattern, with content: String
    ) -> String {
        var text = self
        return text.withUTF8 { bytes in
            let matches = pattern.matches(bytes, in: 0..<bytes.count)
            guard !matches.isEmpty else {
                return String(decoding: bytes, as: UTF8.self)
            }
            var result: [UInt8] = []
            var start = 0
            for match in matches {
                result += bytes[start..<match.lowerBound]
                result += content.utf8
                start = match.upperBound
            }
            return String(decoding: result + bytes[start...], as: UTF8.self)
        }
    }
}
