/// A tree of strings of bytes, each with a number, that finds all of them a text begins with.
///
/// Nodes are numbered breadth first, so that the children of one follow one another, in the order of their bytes.
struct ByteTrie: Sendable {
    /// The byte that leads to each node but the first.
    private let labels: [UInt8]
    /// The first child of each node; one more at the end.
    private let firsts: [Int32]
    /// The number of the string that ends at each node; -1 where none does.
    private let values: [Int32]
    /// The root's child for each byte; -1 where there is none.
    private let roots: [Int32]

    /// - Parameter strings: no string twice; the empty one is passed over.
    init(_ strings: [(bytes: [UInt8], value: Int)]) {
        let strings = strings.filter { !$0.bytes.isEmpty }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        var labels: [UInt8] = [0]
        var firsts: [Int32] = []
        var values: [Int32] = []
        // The strings that go through each node, and how many bytes lead to it.
        var ranges: [(range: Range<Int>, depth: Int)] = [(0..<strings.count, 0)]
        var node = 0
        while node < ranges.count {
            var (range, depth) = ranges[node]
            firsts.append(Int32(ranges.count))
            if let first = range.first, strings[first].bytes.count == depth {
                values.append(Int32(strings[first].value))
                range = (first + 1)..<range.upperBound
            } else {
                values.append(-1)
            }
            while let first = range.first {
                let label = strings[first].bytes[depth]
                let end =
                    range.first { strings[$0].bytes[depth] != label } ?? range.upperBound
                labels.append(label)
                ranges.append((first..<end, depth + 1))
                range = end..<range.upperBound
            }
            node += 1
        }
        firsts.append(Int32(ranges.count))
        var roots = [Int32](repeating: -1, count: 256)
        for child in Int(firsts[0])..<Int(firsts[1]) { roots[Int(labels[child])] = Int32(child) }
        (self.labels, self.firsts, self.values, self.roots) = (labels, firsts, values, roots)
    }

    /// The node from which every string begins.
    static let root = 0

    /// Whether any string begins with a byte.
    @inline(__always)
    func begins(_ byte: UInt8) -> Bool { roots[Int(byte)] >= 0 }

    /// Where a byte leads from a node; nil where no string goes on with it.
    @inline(__always)
    func child(of node: Int, _ byte: UInt8) -> Int? {
        if node == ByteTrie.root {
            let child = Int(roots[Int(byte)])
            return child < 0 ? nil : child
        }
        var (low, high) = (Int(firsts[node]), Int(firsts[node + 1]))
        while low < high {
            let middle = (low + high) / 2
            let label = labels[middle]
            if label == byte { return middle }
            if label < byte { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The number of the string that ends at a node; nil where none does.
    @inline(__always)
    func value(_ node: Int) -> Int? { values[node] < 0 ? nil : Int(values[node]) }

    /// The node that bytes lead to from the root; nil where no string begins with them.
    func node(_ bytes: some Sequence<UInt8>) -> Int? {
        var node = ByteTrie.root
        for byte in bytes {
            guard let next = child(of: node, byte) else { return nil }
            node = next
        }
        return node
    }

    /// The longest string that stands at a place of a text, going on from a node: where it ends and its number.
    @inline(__always)
    func longest(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int, node: Int = ByteTrie.root
    ) -> (end: Int, value: Int)? {
        var node = node
        var best: (end: Int, value: Int)?
        var index = start
        while index < bytes.count, let next = child(of: node, bytes[index]) {
            node = next
            index += 1
            if let value = value(node) { best = (index, value) }
        }
        return best
    }
}
