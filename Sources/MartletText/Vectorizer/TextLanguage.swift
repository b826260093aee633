/// Which tokeniser texts want, by the letters and words in them.
public enum TextLanguage: String, Sendable, CaseIterable {
    /// Written without spaces between words, in Chinese characters or kana.
    case chinese
    /// In Latin letters, with the commonest English words.
    case english
    /// Any other that has words between spaces, or that ICU has a dictionary of.
    case other

    private static let commonEnglish: Set<String> = [
        "the", "a", "an", "and", "or", "of", "to", "in", "is", "it", "was", "i", "this", "that",
        "for", "with", "but", "not", "on", "my", "you", "are", "have", "be", "at", "we", "they",
    ]

    /// The language of most of some texts.
    public init(of texts: some Sequence<String>) {
        var (han, letters, words, common) = (0, 0, 0, 0)
        for text in texts {
            var word = ""
            for scalar in text.prefix(2000).unicodeScalars {
                if scalar.isASCII {
                    let value = scalar.value | 0x20
                    if (0x61...0x7A).contains(value) {
                        letters += 1
                        word.unicodeScalars.append(Unicode.Scalar(value)!)
                        continue
                    }
                } else if TextLanguage.isHanOrKana(scalar) {
                    han += 1
                } else if scalar.properties.isAlphabetic {
                    letters += 1
                    word.unicodeScalars.append(scalar)
                    continue
                }
                if !word.isEmpty {
                    words += 1
                    if TextLanguage.commonEnglish.contains(word) { common += 1 }
                    word = ""
                }
            }
        }
        // A character says about as much as a word of four letters.
        if han * 4 > letters {
            self = .chinese
        } else {
            self = words > 0 && common * 12 >= words ? .english : .other
        }
    }

    private static func isHanOrKana(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF:
            true
        default: false
        }
    }
}
