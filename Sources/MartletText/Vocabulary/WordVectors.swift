public import Martlet
public import MartletData
public import MartletNN

/// Vectors of words that another program learnt, read from a text file: that of word2vec and fastText (`.vec`), whose first
/// line says how many words there are and how many numbers each has, or that of GloVe, which begins with the first word.
///
/// The file is read a piece at a time, and only vectors of a vocabulary's words are kept.
public struct WordVectors: Sendable {
    /// Which of the vocabulary's words have a vector, as places in it, in its order.
    public let rows: [Int]
    /// `(rows.count, size)` of `float32`: their vectors.
    public let vectors: Tensor
    /// How many words the vocabulary has.
    public let total: Int

    /// The most numbers a vector may have.
    private static let largestSize = 1 << 14
    /// The most bytes a line may have.
    private static let longestLine = 1 << 20

    /// How many numbers a vector has.
    public var size: Int { vectors.shape[1] }
    /// The part of the vocabulary's words that have a vector, 0 ... 1; 0 for an empty vocabulary.
    public var coverage: Double { total == 0 ? 0 : Double(rows.count) / Double(total) }

    /// Reads the vectors of some words.
    ///
    /// Words are compared byte by byte. Of several vectors of a word the first counts. Every line is checked for how many
    /// fields it has; numbers are read where the word is wanted. A word may contain spaces in files without a first line of
    /// sizes, as some of GloVe's do.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - vocabulary: the words, at their ids; the first place counts for one that is there twice.
    /// - Throws: `DataError` naming the line for what is no such file.
    public init(_ path: String, for vocabulary: [String]) throws(DataError) {
        var lines = try LineReader(path, longest: WordVectors.longestLine)
        guard var line = try lines.next() else {
            throw DataError(path: path, problem: "there are no vectors in it", expected: "text")
        }
        if line.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { line.bytes = line.bytes.dropFirst(3) }
        let header = try VectorLine.header(line.bytes, path: path)
        var reader = VectorLine(path: path, size: header?.size, limit: WordVectors.largestSize)
        var wanted = [[UInt8]: Int](minimumCapacity: vocabulary.count)
        for (place, word) in vocabulary.enumerated() where wanted[Array(word.utf8)] == nil {
            wanted[Array(word.utf8)] = place
        }
        var found = [Int?](repeating: nil, count: vocabulary.count)
        var (values, count, words) = ([Float](), 0, 0)
        var next: LineReader.Line? = header == nil ? line : try lines.next()
        while let line = next {
            let (word, numbers) = try reader.parts(line.bytes, line: line.number)
            words += 1
            if let place = wanted[Array(word)], found[place] == nil {
                try reader.append(numbers, line: line.number, to: &values)
                found[place] = count
                count += 1
            }
            next = try lines.next()
        }
        if let header, header.words != words {
            throw DataError(
                path: path, problem: "it has \(words) words",
                expected: "the \(header.words) that line 1 promises")
        }
        rows = found.indices.filter { found[$0] != nil }
        total = vocabulary.count
        let size = reader.size ?? 0
        let inFile = Tensor(values, shape: [count, size])
        vectors = inFile.indexSelect(dim: 0, Tensor(rows.map { found[$0] ?? 0 }))
    }

    /// Puts the vectors in the place of an embedding's rows of the same words; the other rows stay.
    public func fill(_ embedding: Embedding) {
        let table = embedding.weight.value.detach()
        precondition(
            table.shape == [total, size],
            "WordVectors: expected a table \([total, size]), got \(table.shape)")
        guard !rows.isEmpty else { return }
        embedding.weight.update { $0[Tensor(rows)] = vectors.to(table.dtype) }
    }
}
