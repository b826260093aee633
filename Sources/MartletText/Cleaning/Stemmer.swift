internal import CUnicode

/// Cuts the endings off words, so that forms of a word become one (the Snowball stemmers of libstemmer).
public struct Stemmer: Codable, Equatable, Sendable {
    /// The languages there are stemmers of; `porter` is English as in Porter, "An algorithm for suffix stripping", 1980.
    public enum Language: String, Codable, CaseIterable, Sendable {
        case arabic, armenian, basque, catalan, danish, dutch, english, finnish, french, german,
            greek
        case hindi, hungarian, indonesian, irish, italian, lithuanian, nepali, norwegian, porter
        case portuguese, romanian, russian, serbian, spanish, swedish, tamil, turkish, yiddish
    }

    /// The language of the words.
    public let language: Language

    /// No word of a language is longer, in bytes; what is longer is left as it is.
    private static let longestWord = 256

    /// A stemmer of a language.
    public init(_ language: Language) { self.language = language }

    /// The stem of a word in small letters.
    public func stem(of word: String) -> String {
        word.withBytes { bytes in
            guard bytes.count <= Stemmer.longestWord else { return word }
            var count = 0
            let stem = cu_stem(language.rawValue, bytes.baseAddress, bytes.count, &count)
            guard let stem else { return word }
            return UTF8Bytes(start: stem, count: count).text(0..<count)
        }
    }
}
