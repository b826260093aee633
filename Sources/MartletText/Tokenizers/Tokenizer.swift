/// A piece of a text that a tokeniser found.
public struct Token: Hashable, Sendable {
    /// What stands for the piece in a vocabulary; not always the very bytes of the text, as when a tokeniser lowercases.
    public let text: String
    /// Where the piece lies in the text, in bytes of UTF-8.
    public let range: Range<Int>

    /// A piece with its place in bytes of UTF-8.
    public init(_ text: String, range: Range<Int>) {
        self.text = text
        self.range = range
    }
}

/// Cuts texts into tokens, in the order of the text.
public protocol Tokenizer: Sendable {
    /// The tokens of a text, with where they lie in it; ranges neither overlap nor go back. None for an empty text.
    func tokens(_ text: String) -> [Token]
}
