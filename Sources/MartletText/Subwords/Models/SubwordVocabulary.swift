internal import MartletData

/// The tokens of a model and their ids.
struct SubwordVocabulary: Sendable {
    /// Each token at its id; nil where an id belongs to none.
    let tokens: [String?]
    private let table: ByteTable
    /// The id of each string of the table.
    private let ids: [Int32]

    /// How far ids may go beyond the number of tokens.
    static let holes = 1 << 20

    /// - Throws: `SubwordProblem` where a token or an id comes twice, or an id is far beyond the others.
    init(_ entries: [(token: String, id: Int)]) throws(SubwordProblem) {
        var table = ByteTable()
        var ids: [Int32] = []
        let end = (entries.map(\.id).max() ?? -1) + 1
        guard end <= entries.count + SubwordVocabulary.holes, entries.allSatisfy({ $0.id >= 0 })
        else {
            throw SubwordProblem(
                "the id \(end - 1) in a vocabulary of \(entries.count)",
                expected: "ids that go on from 0")
        }
        var tokens = [String?](repeating: nil, count: end)
        for (token, id) in entries {
            guard table.insert(token).isNew else {
                throw SubwordProblem(
                    "the token \(quoted(token)) twice", expected: "every token once")
            }
            guard tokens[id] == nil else {
                throw SubwordProblem(
                    "the id \(id) of two tokens, the second of which is \(quoted(token))",
                    expected: "every id once")
            }
            tokens[id] = token
            ids.append(Int32(id))
        }
        (self.tokens, self.table, self.ids) = (tokens, table, ids)
    }

    /// How many tokens there are.
    var count: Int { table.count }

    /// The id of a token; nil where there is none.
    @inline(__always)
    func id(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
        table.find(bytes).map { ids[$0] }
    }

    /// The id of a token; nil where there is none.
    func id(_ token: String) -> Int32? { table.find(token).map { ids[$0] } }

    /// The token of an id; nil where there is none.
    func token(_ id: Int) -> String? { tokens.indices.contains(id) ? tokens[id] : nil }

    /// All tokens with their ids, in the order of these.
    var entries: [(token: String, id: Int)] {
        tokens.enumerated().compactMap { id, token in token.map { ($0, id) } }
    }

    /// The tokens that stand for single bytes, `<0x00>` to `<0xFF>`; nil for those that are not there.
    func byteIDs() -> [Int32?] {
        (0..<256).map { id(SubwordVocabulary.name(ofByte: $0)) }
    }

    /// The token that stands for a byte: `<0x0A>`.
    static func name(ofByte byte: Int) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
    }
}

/// What is wrong with the parts of a tokeniser; whoever reads them from a file adds the place.
struct SubwordProblem: Error {
    let problem: String
    let expected: String

    init(_ problem: String, expected: String) {
        self.problem = problem
        self.expected = expected
    }
}
