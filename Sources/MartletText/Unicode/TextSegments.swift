internal import CUnicode

/// A piece of a text between two places where words begin.
public struct TextSegment: Hashable, Sendable {
    /// Where it lies in the text, in bytes of UTF-8.
    public let range: Range<Int>
    /// Whether it has letters, digits, kana or ideographs; else it is white space, punctuation or symbols such as emoji.
    public let isWord: Bool

    /// A piece of a text.
    public init(range: Range<Int>, isWord: Bool) {
        self.range = range
        self.isWord = isWord
    }
}

extension UnicodeText {
    /// All of a text, cut where words and what is between them begin (Unicode Standard Annex 29); Chinese, Japanese, Thai,
    /// Lao, Khmer and Burmese are cut by ICU's dictionaries.
    public static func words(_ text: String) -> [TextSegment] { segments(text, cu_words) }

    /// All of a text, cut where sentences begin (Unicode Standard Annex 29): ranges in bytes of UTF-8, each with the white
    /// space after its sentence.
    public static func sentences(_ text: String) -> [Range<Int>] {
        segments(text, cu_sentences).map(\.range)
    }

    private static func segments(
        _ text: String,
        _ cut: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<cu_spans>?) -> cu_status
    ) -> [TextSegment] {
        text.withBytes { bytes in
            var result = cu_spans()
            let status = cut(bytes.baseAddress, bytes.count, &result)
            defer { cu_free(result.spans) }
            precondition(
                status == CU_OK, "UnicodeText: ICU cannot cut a text of \(bytes.count) bytes")
            return UnsafeBufferPointer(start: result.spans, count: result.count).map {
                TextSegment(range: Int($0.start)..<Int($0.end), isWord: $0.is_word != 0)
            }
        }
    }
}
