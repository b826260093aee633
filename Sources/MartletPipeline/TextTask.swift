public import MartletNN

/// A task whose inputs are texts, so that they may also be given on the command line and on standard input.
public protocol TextTask: Task {
    /// The texts in a file, in order: the rows of a table, the lines of a text file.
    ///
    /// - Throws: `DataError` that names the line of what cannot be read.
    func texts(in path: String) throws -> [TextInput]
    /// Predictions for texts, in order.
    func predict(texts: [TextInput], _ context: Context) throws -> [any Prediction]
}

extension TextTask {
    /// Predictions for the texts in some files, in order.
    public func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction] {
        try inputs.flatMap { try predict(texts: texts(in: $0), context) }
    }
    /// None.
    public func pictures(of predictions: [any Prediction]) throws -> [Picture] { [] }
}

/// A text to predict for.
public struct TextInput: Sendable {
    public let text: String
    /// Where it comes from: `reviews.csv line 17`.
    public let source: String

    public init(_ text: String, source: String) {
        self.text = text
        self.source = source
    }
}
