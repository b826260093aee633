/// Counts of the n-grams of texts, as scikit-learn's `CountVectorizer` has them: what a text says without the order beyond
/// neighbours, and so what one compares a network with.
///
/// ```swift
/// let documents = texts.map { tokenizer.tokens($0).map(\.text) }
/// let bag = BagOfWords(fitting: documents, minimumDocuments: 2)
/// let counts = bag.transform(documents)
/// let weights = TFIDF(fitting: counts)
/// let classifier = LinearTextClassifier(fitting: weights.transform(counts), labels: labels, classes: 2)
/// ```
///
/// Tokens are compared byte by byte. Features do not depend on the order of the texts.
public struct BagOfWords: Sendable {
    /// The n-grams that are counted, tokens with a space between, in the order of their code points.
    public let features: [String]
    /// How many tokens an n-gram has.
    public let ngrams: ClosedRange<Int>
    /// Whether an n-gram counts once however often it is in a text.
    public let isBinary: Bool
    private let tree: NGramTree
    /// The feature of each node; -1 for none.
    private let featureOfNode: [Int32]

    /// Finds the n-grams of texts.
    ///
    /// - Parameters:
    ///   - documents: the tokens of each text.
    ///   - ngrams: how many tokens an n-gram has.
    ///   - minimumDocuments: the least number of texts that an n-gram must be in.
    ///   - maximumFeatures: how many n-grams to keep, those that occur most often, of equals those that sort first; nil for all.
    ///   - isBinary: whether an n-gram counts once however often it is in a text.
    public init(
        fitting documents: [[String]], ngrams: ClosedRange<Int> = 1...2, minimumDocuments: Int = 1,
        maximumFeatures: Int? = nil, isBinary: Bool = false
    ) {
        precondition(
            ngrams.lowerBound > 0,
            "BagOfWords: expected n-grams of at least 1 token, got \(ngrams)")
        precondition(
            minimumDocuments > 0 && maximumFeatures ?? 1 > 0,
            "BagOfWords: expected at least 1 document and 1 feature, got \(minimumDocuments) and "
                + "\(maximumFeatures ?? 1)")
        self.ngrams = ngrams
        self.isBinary = isBinary
        // By node: how often it occurs, and in how many texts.
        var usage: [(occurrences: Int, documents: Int)] = []
        var tree = NGramTree(documents, lengths: ngrams) { nodes in
            if let last = nodes.last, usage.count <= last {
                usage += Array(repeating: (0, 0), count: Int(last) + 1 - usage.count)
            }
            BagOfWords.forEachRun(of: nodes) { node, count in
                usage[Int(node)].occurrences += count
                usage[Int(node)].documents += 1
            }
        }
        let common = usage.indices.filter { usage[$0].documents >= minimumDocuments }
            .map { UInt32($0) }
        var chosen = zip(common, tree.names(of: common)).map { node, tokens in
            let name = tokens.joined(separator: " ")
            return (node: node, tokens: tokens, name: name, bytes: Array(name.utf8))
        }
        chosen.sort {
            if $0.bytes != $1.bytes { return $0.bytes.lexicographicallyPrecedes($1.bytes) }
            // Of tokens with spaces in them.
            return $0.tokens.map { $0.utf8.count }.lexicographicallyPrecedes(
                $1.tokens.map { $0.utf8.count })
        }
        if let limit = maximumFeatures, limit < chosen.count {
            // Sorting is stable.
            let most = chosen.indices.sorted {
                usage[Int(chosen[$0].node)].occurrences > usage[Int(chosen[$1].node)].occurrences
            }
            chosen = most.prefix(limit).sorted().map { chosen[$0] }
        }
        tree.keep(chosen.map(\.node))
        var featureOfNode = [Int32](repeating: -1, count: tree.count)
        for (feature, entry) in chosen.enumerated() {
            featureOfNode[Int(entry.node)] = Int32(feature)
        }
        features = chosen.map(\.name)
        self.tree = tree
        self.featureOfNode = featureOfNode
    }

    /// The counts of the n-grams in texts, which need not be those that were fitted; n-grams that are no feature do not count.
    ///
    /// - Parameter documents: the tokens of each text.
    public func transform(_ documents: [[String]]) -> TermMatrix {
        var starts = [0]
        var columns: [Int32] = []
        var values: [Double] = []
        for document in documents {
            var found = tree.nodes(of: document).map { featureOfNode[Int($0)] }.filter { $0 >= 0 }
            found.sort()
            BagOfWords.forEachRun(of: found) { feature, count in
                columns.append(feature)
                values.append(isBinary ? 1 : Double(count))
            }
            starts.append(columns.count)
        }
        return TermMatrix(
            features: features.count, starts: starts, columns: columns, values: values)
    }

    /// Calls back with each different number of an ascending list, and with how often it is there.
    private static func forEachRun<Number: BinaryInteger>(
        of numbers: [Number], _ body: (Number, Int) -> Void
    ) {
        var start = 0
        for end in numbers.indices
        where end + 1 == numbers.count || numbers[end + 1] != numbers[end] {
            body(numbers[end], end + 1 - start)
            start = end + 1
        }
    }
}
