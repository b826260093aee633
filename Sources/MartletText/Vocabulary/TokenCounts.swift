internal import Glibc

/// How often each token occurs in some texts; tokens are told apart by their code points.
public struct TokenCounts: Sendable {
    private(set) var counts: [CodePoints: Int] = [:]
    /// All occurrences.
    public private(set) var total = 0

    /// Nothing counted yet.
    public init() {}

    /// Counts tokens.
    public mutating func add(_ tokens: some Sequence<String>) {
        for token in tokens {
            counts[CodePoints(token), default: 0] += 1
            total += 1
        }
    }

    /// How often a token occurs.
    public subscript(token: String) -> Int { counts[CodePoints(token)] ?? 0 }

    /// The tokens, the most frequent first, equally frequent ones by their code points.
    public var ordered: [(token: String, count: Int)] {
        counts.map { (token: $0.key.text, count: $0.value) }.sorted { a, b in
            a.count != b.count
                ? a.count > b.count : a.token.utf8.lexicographicallyPrecedes(b.token.utf8)
        }
    }
}

/// A string as its bytes of UTF-8, so that equality is that of code points, and quick.
struct CodePoints: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
    }

    static func == (a: CodePoints, b: CodePoints) -> Bool {
        let count = a.text.utf8.count
        guard count == b.text.utf8.count else { return false }
        var (left, right) = (a.text, b.text)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                count == 0 || memcmp(left.baseAddress!, right.baseAddress!, count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
