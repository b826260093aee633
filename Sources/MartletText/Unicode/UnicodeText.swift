internal import CUnicode

/// The four normalisation forms of the Unicode Standard (Annex 15).
public enum NormalizationForm: String, Codable, CaseIterable, Sendable {
    /// Letters and marks composed where there is a character for both: what most texts have.
    case nfc = "NFC"
    /// Characters decomposed into letters and marks.
    case nfd = "NFD"
    /// As `nfc`, with other forms of a character (ligatures, full width, superscripts) made the ordinary one.
    case nfkc = "NFKC"
    /// As `nfd`, with other forms of a character made the ordinary one.
    case nfkd = "NFKD"
}

/// Unicode's rules for texts, as ICU implements them: forms that mean the same are made alike, and words and sentences found.
///
/// Results are by code point and for no language in particular; what of a result came from where in the text is told by
/// `AlignedText`, which has the same operations. Each takes time linear in the text's length, whatever the text, which must
/// be shorter than 2 GiB.
public enum UnicodeText {
    /// A text in a normalisation form (Unicode Standard Annex 15).
    public static func normalized(_ text: String, to form: NormalizationForm) -> String {
        changed(text, form.mapping)
    }

    /// A text in lower case (Unicode Standard, 3.13), where a sigma at a word's end becomes ς.
    public static func lowercased(_ text: String) -> String { changed(text, CU_LOWERCASE) }

    /// A text whose letters are replaced so that texts that differ by case only become equal (Unicode Standard, 3.13): `ß`
    /// becomes `ss`.
    public static func caseFolded(_ text: String) -> String { changed(text, CU_FOLD_CASE) }

    /// A text without the marks on its letters: decomposed, without the characters of category Mn, composed again. This
    /// drops vowel signs of several scripts as well.
    public static func withoutAccents(_ text: String) -> String {
        AlignedText(text).withoutAccents().text
    }

    /// A text with the characters of the block Halfwidth and Fullwidth Forms and the ideographic space replaced by their
    /// NFKC: `Ａ１！` becomes `A1!`, `ｶﾞ` becomes `ガ`. The rest stays.
    public static func withOrdinaryWidth(_ text: String) -> String {
        AlignedText(text).withOrdinaryWidth().text
    }
}
