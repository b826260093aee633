public import MartletPipeline

/// What a model says about a row of a table.
public struct RowPrediction: Prediction {
    /// The file, and the row in it, from 1.
    public let input: String
    public let row: Int
    /// The number, of regression.
    public let value: Float?
    /// The class and its probability, of classification.
    public let label: String?
    public let probability: Float?

    public var line: String {
        let result = value.map { "\($0)" } ?? "\(label ?? "") (\(probability ?? 0))"
        return "\(input), row \(row): \(result)"
    }
}
