/// Cuts English as the Penn Treebank does (Marcus, Santorini and Marcinkiewicz, "Building a large annotated corpus of
/// English: the Penn Treebank", 1993; the script `tokenizer.sed` of Robert MacIntyre).
///
/// Punctuation is apart; `don't` becomes `do`, `n't`, and `cannot` becomes `can`, `not`; double quotes become ` `` ` and `''`
/// by the side they are on. Commas and colons before a digit stay in their number. Unlike the script, which reads one
/// sentence at a time, this reads texts: a period before white space is apart too, but for initials, abbreviations
/// with a period within (`e.g.`) and well-known ones (`Mr.`). Typographic quotes and apostrophes count as plain ones.
public struct EnglishTokenizer: Tokenizer {
    /// Cuts English.
    public init() {}

    /// The tokens of an English text.
    public func tokens(_ text: String) -> [Token] {
        text.withBytes { bytes in
            var reader = EnglishReader(bytes)
            bytes.forEachRun(where: \.isWhiteSpace) { range, isSpace in
                if !isSpace { reader.read(range) }
            }
            return reader.tokens
        }
    }
}
