public import Martlet
internal import MartletData

extension ReviewGrammar {
    /// Writes a data set: `train.csv` and `validation.csv` with the columns `label`, `positive` or `negative` by turns, and
    /// `text`. No text is in it twice.
    ///
    /// - Parameters:
    ///   - folder: where to, which exists.
    ///   - train: the number of reviews to learn from.
    ///   - validation: the number of other reviews, to judge by.
    ///   - generator: decides what the reviews are.
    /// - Throws: `DiskError` when a file cannot be written.
    public func write(
        to folder: String, train: Int, validation: Int, generator: Generator
    ) throws {
        precondition(
            train > 0 && validation > 0,
            "ReviewGrammar.write: expected reviews for both parts, got \(train) and \(validation)")
        var reviews = DistinctReviews(grammar: self, generator: generator)
        for (name, count) in [("train", train), ("validation", validation)] {
            try AtomicFile.write(to: FilePath.join(folder, "\(name).csv")) { file in
                try file.write("label,text\n")
                for _ in 0..<count {
                    let review = reviews.next()
                    let label = review.isPositive ? "positive" : "negative"
                    try file.write("\(label),\(ReviewGrammar.quoted(review.text))\n")
                }
            }
        }
    }

    /// A field of a file of separated values, as RFC 4180 has it: quoted where it must be, quotes doubled.
    static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
            return field
        }
        return "\""
            + field.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

/// Content and discontent reviews by turns, none twice.
struct DistinctReviews {
    let grammar: ReviewGrammar
    let generator: Generator
    private var seen: Set<String> = []
    private var isPositive = true
    private var nextIndex = [true: 0, false: 1]

    init(grammar: ReviewGrammar, generator: Generator) {
        self.grammar = grammar
        self.generator = generator
    }

    mutating func next() -> Review {
        defer { isPositive.toggle() }
        while true {
            let index = nextIndex[isPositive, default: 0]
            nextIndex[isPositive] = index + 2
            let review = grammar.review(index, generator: generator)
            if seen.insert(review.text).inserted { return review }
        }
    }
}
