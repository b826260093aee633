/// The n-grams of some texts, each a node with a number.
///
/// The node of an n-gram is reached from that of the n-gram without its last token. Tokens and edges are numbers too, so that
/// no text is put together where texts are read.
struct NGramTree: Sendable {
    /// How many tokens an n-gram may have.
    let lengths: ClosedRange<Int>
    /// The number of each token, which is also that of the node of the token alone.
    private var tokens: [ExactText: UInt32] = [:]
    /// From a node and one more token to the next node.
    private var edges: [UInt64: UInt32] = [:]
    /// The last token of each node, and the node without it; no such node for tokens alone.
    private var nodes: [(parent: UInt32?, token: UInt32)] = []

    /// The tree of all n-grams of these texts, given as tokens.
    ///
    /// - Parameter body: is called with the nodes of each text, ascending, each as often as it occurs.
    init(_ documents: [[String]], lengths: ClosedRange<Int>, _ body: ([UInt32]) -> Void) {
        self.lengths = lengths
        for document in documents {
            for token in document {
                let next = UInt32(nodes.count)
                if tokens[ExactText(token), default: next] == next {
                    tokens[ExactText(token)] = next
                    nodes.append((nil, next))
                }
            }
        }
        for document in documents {
            let found = NGramTree.walk(document.map { tokens[ExactText($0)] }, lengths) { key in
                if let node = edges[key] { return node }
                let node = UInt32(nodes.count)
                edges[key] = node
                nodes.append((UInt32(key >> 32), UInt32(truncatingIfNeeded: key)))
                return node
            }
            body(found)
        }
    }

    /// How many nodes there are or were, those of shorter n-grams than asked for too.
    var count: Int { nodes.count }

    /// The nodes of a text's n-grams that are in the tree, ascending, each as often as it occurs.
    func nodes(of document: [String]) -> [UInt32] {
        NGramTree.walk(document.map { tokens[ExactText($0)] }, lengths) { edges[$0] }
    }

    /// - Parameter step: the node that an edge leads to.
    private static func walk(
        _ tokens: [UInt32?], _ lengths: ClosedRange<Int>, _ step: (UInt64) -> UInt32?
    ) -> [UInt32] {
        var found: [UInt32] = []
        found.reserveCapacity(tokens.count * lengths.count)
        for start in tokens.indices {
            guard var node = tokens[start] else { continue }
            if lengths.contains(1) { found.append(node) }
            for length in 2..<max(2, min(lengths.upperBound, tokens.count - start) + 1) {
                guard let token = tokens[start + length - 1],
                    let next = step(UInt64(node) << 32 | UInt64(token))
                else { break }
                node = next
                if lengths.contains(length) { found.append(node) }
            }
        }
        found.sort()
        return found
    }

    /// The tokens of nodes.
    func names(of chosen: [UInt32]) -> [[String]] {
        var texts = [String](repeating: "", count: nodes.count)
        for (token, number) in tokens { texts[Int(number)] = token.text }
        return chosen.map { node in
            var name: [String] = []
            var next: UInt32? = node
            while let node = next {
                name.append(texts[Int(nodes[Int(node)].token)])
                next = nodes[Int(node)].parent
            }
            return name.reversed()
        }
    }

    /// Forgets all nodes but these, those that lead to them and those of their tokens. Numbers stay.
    mutating func keep(_ chosen: [UInt32]) {
        var isKept = [Bool](repeating: false, count: nodes.count)
        for node in chosen {
            var next: UInt32? = node
            while let node = next {
                isKept[Int(node)] = true
                isKept[Int(nodes[Int(node)].token)] = true
                next = nodes[Int(node)].parent
            }
        }
        edges = edges.filter { isKept[Int($0.value)] }
        tokens = tokens.filter { isKept[Int($0.value)] }
    }
}
