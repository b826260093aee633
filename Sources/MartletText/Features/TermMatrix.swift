/// How much of each feature there is in each document: a sparse matrix by rows (CSR).
///
/// `BagOfWords` makes one of counts, `TFIDF` weights it, and `LinearTextClassifier` learns from either.
public struct TermMatrix: Sendable, Equatable {
    /// The number of rows, which are documents.
    public var documents: Int { starts.count - 1 }
    /// The number of columns, which are features.
    public let features: Int
    /// Where each document's entries begin among all, and after the last where they end; `documents` + 1 numbers.
    public let starts: [Int]
    /// The feature of each entry, ascending within a document.
    public let columns: [Int32]
    /// What each entry is; none is zero.
    public internal(set) var values: [Double]

    /// The entries of a document, by ascending feature.
    public func entries(of document: Int) -> [(feature: Int, value: Double)] {
        precondition(
            (0..<documents).contains(document),
            "TermMatrix.entries: there is no document \(document) of \(documents)")
        return range(of: document).map { (Int(columns[$0]), values[$0]) }
    }

    /// Where a document's entries are.
    func range(of document: Int) -> Range<Int> { starts[document]..<starts[document + 1] }

    /// In how many documents each feature is.
    var documentFrequencies: [Int] {
        var frequencies = [Int](repeating: 0, count: features)
        for column in columns { frequencies[Int(column)] += 1 }
        return frequencies
    }

    /// This matrix times a dense one.
    ///
    /// - Parameters:
    ///   - dense: `(features, width)`, row by row.
    ///   - offsets: `(width)`, added to each row of the product.
    /// - Returns: `(documents, width)`, row by row.
    func product(_ dense: [Double], plus offsets: [Double]) -> [Double] {
        let width = offsets.count
        var result = [Double](repeating: 0, count: documents * width)
        result.withUnsafeMutableBufferPointer { result in
            dense.withUnsafeBufferPointer { dense in
                for document in 0..<documents {
                    let row = document * width
                    for j in 0..<width { result[row + j] = offsets[j] }
                    for entry in range(of: document) {
                        let (value, from) = (values[entry], Int(columns[entry]) * width)
                        for j in 0..<width { result[row + j] += value * dense[from + j] }
                    }
                }
            }
        }
        return result
    }

    /// Adds the transpose of this matrix times a dense one to a third.
    ///
    /// - Parameters:
    ///   - dense: `(documents, width)`, row by row.
    ///   - sum: `(features, width)`, row by row.
    func addTransposedProduct(_ dense: [Double], width: Int, to sum: inout [Double]) {
        sum.withUnsafeMutableBufferPointer { sum in
            dense.withUnsafeBufferPointer { dense in
                for document in 0..<documents {
                    let row = document * width
                    for entry in range(of: document) {
                        let (value, into) = (values[entry], Int(columns[entry]) * width)
                        for j in 0..<width { sum[into + j] += value * dense[row + j] }
                    }
                }
            }
        }
    }
}
