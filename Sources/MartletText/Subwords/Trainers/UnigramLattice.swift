internal import Glibc

/// All ways to cut words into tokens with log probabilities.
struct UnigramLattice {
    private let trie: ByteTrie
    private let scores: [Double]

    init(_ pieces: [(text: [UInt8], score: Double)]) {
        trie = ByteTrie(pieces.enumerated().map { ($1.text, $0) })
        scores = pieces.map(\.score)
    }

    /// The most bytes of a word that are looked at at once: longer ones are taken in parts.
    private static let longestPart = 4096

    /// Adds to each token how often it is expected in a word that comes so often (Baum and Welch's algorithm).
    func addExpectations(
        _ word: UnsafeBufferPointer<UInt8>, _ count: Double, to expected: inout [Double]
    ) {
        var start = 0
        while start < word.count {
            var end = min(word.count, start + UnigramLattice.longestPart)
            while end < word.count, word[end] & 0xC0 == 0x80 { end -= 1 }
            addPart(UnsafeBufferPointer(rebasing: word[start..<end]), count, to: &expected)
            start = end
        }
    }

    private func addPart(
        _ word: UnsafeBufferPointer<UInt8>, _ count: Double, to expected: inout [Double]
    ) {
        var edges: [(start: Int, end: Int, id: Int)] = []
        var forward = [Double](repeating: -.infinity, count: word.count + 1)
        forward[0] = 0
        for start in 0..<word.count where forward[start] > -.infinity {
            forEachToken(word, start) { end, id in
                edges.append((start, end, id))
                forward[end] = sum(forward[end], forward[start] + scores[id])
            }
        }
        let total = forward[word.count]
        guard total > -.infinity else { return }
        var backward = [Double](repeating: -.infinity, count: word.count + 1)
        backward[word.count] = 0
        for edge in edges.reversed() where backward[edge.end] > -.infinity {
            let behind = scores[edge.id] + backward[edge.end]
            backward[edge.start] = sum(backward[edge.start], behind)
            expected[edge.id] += count * exp(forward[edge.start] + behind - total)
        }
    }

    /// The tokens of the most probable way, without a token if one is given; none where there is no way.
    func best(_ word: UnsafeBufferPointer<UInt8>, without excluded: Int? = nil) -> [Int] {
        var best = [(score: Double, start: Int, id: Int)](
            repeating: (-.infinity, -1, -1), count: word.count + 1)
        best[0].score = 0
        for start in 0..<word.count where best[start].score > -.infinity {
            forEachToken(word, start) { end, id in
                let score = best[start].score + scores[id]
                if id != excluded, score > best[end].score { best[end] = (score, start, id) }
            }
        }
        var path: [Int] = []
        var end = word.count
        while end > 0, best[end].start >= 0 {
            path.append(best[end].id)
            end = best[end].start
        }
        return path.reversed()
    }

    @inline(__always)
    private func forEachToken(
        _ word: UnsafeBufferPointer<UInt8>, _ start: Int, _ body: (_ end: Int, _ id: Int) -> Void
    ) {
        var node = ByteTrie.root
        var end = start
        while end < word.count, let next = trie.child(of: node, word[end]) {
            node = next
            end += 1
            if let id = trie.value(node) { body(end, id) }
        }
    }

    /// The logarithm of the sum of two numbers that are given by theirs.
    @inline(__always)
    private func sum(_ one: Double, _ other: Double) -> Double {
        let (greater, lesser) = one > other ? (one, other) : (other, one)
        return lesser == -.infinity ? greater : greater + log1p(exp(lesser - greater))
    }
}
