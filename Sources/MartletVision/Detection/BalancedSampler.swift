public import Martlet

/// Draws as many examples as a step learns from, with no more than some part of them positive: there is far more
/// background than anything else (Ren et al. 2015, section 3.1.3).
public struct BalancedSampler: Sendable, Equatable {
    /// How many examples, if there are so many.
    public var count: Int
    /// The part that may be positive, 0 to 1.
    public var positiveFraction: Double

    /// A number of examples and the part of them that may be positive.
    public init(count: Int, positiveFraction: Double) {
        precondition(
            count > 0 && (0...1).contains(positiveFraction),
            "BalancedSampler: expected a count above 0 and a fraction of 0 to 1, got \(count) and "
                + "\(positiveFraction)")
        self.count = count
        self.positiveFraction = positiveFraction
    }

    /// Those that are drawn, in their order; negatives make up for positives that there are not.
    public func callAsFunction(
        positives: [Int], negatives: [Int], generator: inout Generator
    ) -> (positives: [Int], negatives: [Int]) {
        func drawn(_ all: [Int], _ limit: Int) -> [Int] {
            guard all.count > limit else { return all }
            return generator.permutation(all.count).prefix(limit).map { all[$0] }.sorted()
        }
        let some = drawn(positives, Int(Double(count) * positiveFraction))
        return (some, drawn(negatives, count - some.count))
    }
}
