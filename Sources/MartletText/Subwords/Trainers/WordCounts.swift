/// The words of a corpus, after a normaliser and a pre-tokeniser, and how often each comes.
struct WordCounts {
    private var table = ByteTable()
    private var numbers: [Int] = []

    init(
        _ texts: some Sequence<String>, normalizer: SubwordTokenizer.Normalizer?,
        preTokenizer: SubwordTokenizer.PreTokenizer?
    ) {
        for text in texts {
            var text = SubwordText(text)
            normalizer?.apply(&text)
            preTokenizer?.apply(&text)
            text.bytes.withUnsafeBufferPointer { bytes in
                for piece in text.pieces {
                    add(UnsafeBufferPointer(rebasing: bytes[piece.range]))
                }
            }
        }
    }

    private mutating func add(_ word: UnsafeBufferPointer<UInt8>) {
        let (number, isNew) = table.insert(word)
        if isNew { numbers.append(0) }
        numbers[number] += 1
    }

    /// The words in the order of their bytes.
    var sorted: [(word: ArraySlice<UInt8>, count: Int)] {
        numbers.indices.map { (table.bytes($0), numbers[$0]) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}
