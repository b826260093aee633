/// What is kept of a text that is longer than a network is to read.
public enum Truncation: String, Sendable, Codable, CaseIterable {
    /// Its beginning.
    case head
    /// Its end.
    case tail
    /// A quarter from its beginning and the rest from its end (Sun et al., "How to fine-tune BERT for text classification",
    /// 2019, section 5.3.1: the beginning and end of a review say most).
    case both

    /// Which elements of a text are kept, in order; at most two ranges.
    ///
    /// - Parameters:
    ///   - count: how many elements the text has.
    ///   - limit: the most that are kept, 1 or more.
    public func kept(of count: Int, limit: Int) -> [Range<Int>] {
        precondition(limit >= 1, "Truncation: expected a limit of 1 or more, got \(limit)")
        guard count > limit else { return [0..<count] }
        switch self {
        case .head: return [0..<limit]
        case .tail: return [(count - limit)..<count]
        case .both:
            let head = limit / 4
            return [0..<head, (count - (limit - head))..<count].filter { !$0.isEmpty }
        }
    }
}
