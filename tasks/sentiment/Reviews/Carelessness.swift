internal import Martlet

/// What real reviews have that a grammar has not: capitals, exclamation marks, slips of the fingers, emoticons. None of it
/// changes what a review says.
struct Carelessness {
    let language: ReviewLanguage
    /// How likely each kind is.
    let rate: Double

    func applied(
        to text: String, _ isPositive: Bool, _ generator: inout Generator
    ) -> String {
        var text = text
        if generator.bernoulli(rate) {
            text = language == .english ? misspelt(text, &generator) : slang(text)
        }
        if generator.bernoulli(rate) { text = insistent(text) }
        if generator.bernoulli(rate) { text = recased(text, &generator) }
        if generator.bernoulli(rate) { text += emoticon(isPositive) }
        return text
    }

    /// With two neighbouring letters of a longer word in each other's place.
    private func misspelt(_ text: String, _ generator: inout Generator) -> String {
        var words = text.split(separator: " ").map(Array.init)
        let long = words.indices.filter { words[$0].count > 5 && words[$0].allSatisfy(\.isLetter) }
        guard !long.isEmpty else { return text }
        let word = long[generator.integer(in: 0..<long.count)]
        let letter = generator.integer(in: 1..<words[word].count - 2)
        words[word].swapAt(letter, letter + 1)
        return words.map { String($0) }.joined(separator: " ")
    }

    /// With words as they are written on the net.
    private func slang(_ text: String) -> String {
        let pairs = [("非常", "灰常"), ("真的", "真滴"), ("觉得", "觉的"), ("很", "狠"), ("这里", "这儿")]
        guard let (usual, other) = pairs.first(where: { text.contains($0.0) }) else { return text }
        return text.split(separator: usual, omittingEmptySubsequences: false)
            .joined(separator: other)
    }

    /// With a last exclamation mark, and two more.
    private func insistent(_ text: String) -> String {
        guard text.last.map({ ".!。！".contains($0) }) ?? false else { return text }
        return text.dropLast() + (language == .english ? "!!!" : "！！！")
    }

    /// All in capitals, or none; in Chinese, which has none, without the last full stop.
    private func recased(_ text: String, _ generator: inout Generator) -> String {
        switch language {
        case .english: generator.bernoulli(0.5) ? text.uppercased() : text.lowercased()
        case .chinese: text.last == "。" ? String(text.dropLast()) : text
        }
    }

    private func emoticon(_ isPositive: Bool) -> String {
        switch language {
        case .english: isPositive ? " :)" : " :("
        case .chinese: isPositive ? "^_^" : "T_T"
        }
    }
}
