public import MartletData

/// Texts of one part of a data set, each with its class.
public struct LabelledTexts: Sendable {
    /// A text.
    public struct Item: Sendable, Equatable {
        /// As it stands in the data.
        public let text: String
        /// The index of its class.
        public let label: Int
        /// Where it comes from: `reviews.csv line 17`, or its own file.
        public let source: String

        /// A text with its class and where it comes from.
        public init(text: String, label: Int, source: String) {
            self.text = text
            self.label = label
            self.source = source
        }
    }

    /// In the order of the file, or by name.
    public let items: [Item]
    /// What was left out because it cannot be read, with the reasons.
    public let problems: [DataError]

    /// Texts, and what was left out.
    public init(_ items: [Item], problems: [DataError] = []) {
        self.items = items
        self.problems = problems
    }

    /// The number of texts.
    public var count: Int { items.count }
    /// The index of each text's class.
    public var labels: [Int] { items.map(\.label) }

    /// The same texts with the indices that their classes have in another list, which has all of them.
    public func relabelled(from classes: [String], to others: [String]) -> LabelledTexts {
        let indices = classes.map { name in
            guard let index = others.firstIndex(of: name) else {
                preconditionFailure("LabelledTexts.relabelled: \(name) is not in \(others)")
            }
            return index
        }
        return LabelledTexts(
            items.map { Item(text: $0.text, label: indices[$0.label], source: $0.source) },
            problems: problems)
    }

    /// Some of the texts, in this order.
    func subset(_ indices: [Int]) -> LabelledTexts {
        LabelledTexts(indices.map { items[$0] }, problems: problems)
    }
}
