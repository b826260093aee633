public import Martlet

/// Dividing a data set.
public enum Splits {
    /// Divides elements at random so that each class is divided in the same proportion.
    ///
    /// - Parameters:
    ///   - labels: the class of each element.
    ///   - share: how much of each class is held out, 0 to 1, rounded; a class of two or more
    ///     elements gives at least one to either side.
    /// - Returns: the indices of both sides, ascending.
    public static func stratified(
        labels: [Int], heldOut share: Double, generator: Generator
    ) -> (kept: [Int], heldOut: [Int]) {
        precondition(
            share > 0 && share < 1,
            "Splits.stratified: expected a share between 0 and 1, got \(share)")
        var members: [Int: [Int]] = [:]
        for (index, label) in labels.enumerated() { members[label, default: []].append(index) }
        var isHeldOut = [Bool](repeating: false, count: labels.count)
        for (label, indices) in members where indices.count > 1 {
            var generator = generator.stream("split", label)
            let wanted = Int((Double(indices.count) * share).rounded())
            let count = min(max(wanted, 1), indices.count - 1)
            for place in generator.permutation(indices.count).prefix(count) {
                isHeldOut[indices[place]] = true
            }
        }
        let all = labels.indices
        return (all.filter { !isHeldOut[$0] }, all.filter { isHeldOut[$0] })
    }
}
