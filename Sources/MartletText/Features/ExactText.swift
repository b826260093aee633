/// A text that equals another when their bytes do.
///
/// `String` compares by canonical equivalence: a letter with its accent would be the same word whether written as one code point
/// or as two, which to every other program are two words.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ExactText, b: ExactText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
