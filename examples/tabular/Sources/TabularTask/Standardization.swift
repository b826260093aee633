internal import MartletData

/// The mean and the standard deviation of each feature over the rows trained on.
struct Standardization: Codable, Sendable {
    let means: [Double]
    let deviations: [Double]

    /// A value this many deviations off is a mistake, and would leave the numbers that networks compute with.
    private static let farthest = 1e6

    init(_ rows: [[Double]]) {
        let count = Double(max(rows.count, 1))
        let width = rows.first?.count ?? 0
        let means = (0..<width).map { column in rows.reduce(0) { $0 + $1[column] } / count }
        self.means = means
        deviations = (0..<width).map { column in
            let squares = rows.reduce(0) {
                $0 + ($1[column] - means[column]) * ($1[column] - means[column])
            }
            // A column of equal values says nothing; it becomes zeros.
            return squares > 0 ? (squares / count).squareRoot() : 1
        }
    }

    /// Rows in deviations from the mean.
    ///
    /// - Throws: `DataError` for a value that is too far off.
    func callAsFunction(_ rows: [[Double]], of path: String) throws(DataError) -> [[Float]] {
        var result: [[Float]] = []
        result.reserveCapacity(rows.count)
        for (number, row) in rows.enumerated() {
            let values = row.indices.map { (row[$0] - means[$0]) / deviations[$0] }
            if let column = values.firstIndex(where: { abs($0) > Standardization.farthest }) {
                throw DataError(
                    path: path, place: "row \(number + 1)",
                    problem: "\(row[column]) is far from everything that was trained on",
                    expected: "a number near \(means[column])")
            }
            result.append(values.map { Float($0) })
        }
        return result
    }
}
