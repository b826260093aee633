internal import Glibc
internal import Martlet

/// Words letter by letter, with how often each occurs: a trie whose edges lie in one hash table.
///
/// Letters are UTF-16 code units, so that an edge (parent, letter, child) fits 64 bits; a letter beyond them is two edges. All
/// is in flat arrays, without an object for a word: half a million prefixes take 17 MB.
struct WordTrie: Sendable {
    /// Why a word cannot be taken.
    struct Refusal: Error {
        let problem: String
        let expected: String
    }

    /// The most code units that a word may have: it bounds the time a text takes.
    static let longestWord = 255
    private static let nodeLimit = 1 << 24

    /// The node of each first letter; 0 for none. Node 0 is the root, where no edge ends.
    private var firsts = [UInt32](repeating: 0, count: 1 << 16)
    /// Open addressing: parent in the upper 24 bits, letter in the next 16, child in the lower 24; 0 is a free place.
    private var edges = [UInt64](repeating: 0, count: 1 << 10)
    private var edgeCount = 0
    /// For each node how often its word occurs; 0 for what only begins words.
    private(set) var frequencies = [0]
    /// The logarithms of the frequencies; -1 for those of 0.
    private var logarithms = [-1.0]

    /// Makes room for about so many prefixes.
    mutating func reserve(_ count: Int) {
        frequencies.reserveCapacity(count)
        logarithms.reserveCapacity(count)
        while edges.count < 2 * count { grow() }
    }

    /// The node of a word in valid UTF-8, which is made where there is none, as are those of its beginnings.
    mutating func insert(_ word: UnsafeBufferPointer<UInt8>) throws(Refusal) -> UInt32 {
        var (node, place, length) = (UInt32(0), 0, 0)
        while place < word.count {
            let (value, width) = word.scalar(at: place)
            for letter in WordTrie.letters(value) {
                node = try insert(letter, below: node)
                length += 1
            }
            place += width
            guard length <= WordTrie.longestWord else {
                throw Refusal(
                    problem: "a word of more than \(WordTrie.longestWord) letters",
                    expected: "shorter ones")
            }
        }
        return node
    }

    mutating func setFrequency(_ frequency: Int, of node: UInt32) {
        frequencies[Int(node)] = frequency
        logarithms[Int(node)] = frequency > 0 ? log(Double(frequency)) : -1
    }

    /// The frequency of a word in valid UTF-8, 0 of what only begins words; nil where it is neither.
    func frequency(_ word: UnsafeBufferPointer<UInt8>) -> Int? {
        withReader { reader in
            var (node, place) = (UInt32(0), 0)
            while place < word.count {
                let (value, width) = word.scalar(at: place)
                place += width
                for letter in WordTrie.letters(value) {
                    node = node == 0 ? reader.first(letter) : reader.child(of: node, by: letter)
                    if node == 0 { return nil }
                }
            }
            return frequencies[Int(node)]
        }
    }

    /// A code point's UTF-16 code units.
    private static func letters(_ value: UInt32) -> UTF16.EncodedScalar {
        UTF16.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? UTF16.EncodedScalar()
    }

    private mutating func insert(
        _ letter: UInt16, below parent: UInt32
    ) throws(Refusal) -> UInt32 {
        if parent == 0 {
            if firsts[Int(letter)] == 0 { firsts[Int(letter)] = try newNode() }
            return firsts[Int(letter)]
        }
        let key = WordTrie.key(parent, letter)
        var place = WordTrie.place(of: key, in: edges.count)
        while edges[place] != 0 {
            if edges[place] >> 24 == key { return UInt32(edges[place] & 0xFF_FFFF) }
            place = (place + 1) & (edges.count - 1)
        }
        let child = try newNode()
        edges[place] = key << 24 | UInt64(child)
        edgeCount += 1
        if 2 * edgeCount > edges.count { grow() }
        return child
    }

    private mutating func newNode() throws(Refusal) -> UInt32 {
        guard frequencies.count < WordTrie.nodeLimit else {
            throw Refusal(
                problem: "the words have more than \(WordTrie.nodeLimit) beginnings",
                expected: "fewer")
        }
        frequencies.append(0)
        logarithms.append(-1)
        return UInt32(frequencies.count - 1)
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: 2 * edges.count)
        for edge in edges where edge != 0 {
            var place = WordTrie.place(of: edge >> 24, in: larger.count)
            while larger[place] != 0 { place = (place + 1) & (larger.count - 1) }
            larger[place] = edge
        }
        edges = larger
    }

    @inline(__always)
    private static func key(_ parent: UInt32, _ letter: UInt16) -> UInt64 {
        UInt64(parent) << 16 | UInt64(letter)
    }

    /// Where an edge is looked for first, of a power of two of places: by the upper bits of the product with 2^64 over the
    /// golden ratio.
    @inline(__always)
    private static func place(of key: UInt64, in count: Int) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> (count.leadingZeroBitCount &+ 1))
    }
}

extension WordTrie {
    /// Follows edges without looking after bounds.
    struct Reader {
        fileprivate let firsts: UnsafePointer<UInt32>
        fileprivate let edges: UnsafePointer<UInt64>
        fileprivate let edgeCount: Int
        fileprivate let logarithms: UnsafePointer<Double>

        /// The node of a first letter; 0 for none.
        @inline(__always)
        func first(_ letter: UInt16) -> UInt32 { firsts[Int(letter)] }

        /// The node one letter further; 0 for none.
        @inline(__always)
        func child(of node: UInt32, by letter: UInt16) -> UInt32 {
            let key = WordTrie.key(node, letter)
            var place = WordTrie.place(of: key, in: edgeCount)
            while true {
                let edge = edges[place]
                if edge >> 24 == key { return UInt32(truncatingIfNeeded: edge & 0xFF_FFFF) }
                if edge == 0 { return 0 }
                place = (place + 1) & (edgeCount - 1)
            }
        }

        /// The logarithm of a node's frequency; -1 for what is no word.
        @inline(__always)
        func logarithm(_ node: UInt32) -> Double { logarithms[Int(node)] }
    }

    func withReader<R>(_ body: (Reader) -> R) -> R {
        firsts.withUnsafeBufferPointer { firsts in
            edges.withUnsafeBufferPointer { edges in
                logarithms.withUnsafeBufferPointer { logarithms in
                    guard let firsts = firsts.baseAddress, let places = edges.baseAddress,
                        let logarithms = logarithms.baseAddress
                    else { preconditionFailure("WordTrie: it has no root") }
                    return body(
                        Reader(
                            firsts: firsts, edges: places, edgeCount: edges.count,
                            logarithms: logarithms))
                }
            }
        }
    }
}
