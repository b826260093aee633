public import Martlet

/// How numbers are distributed: how many lie in each of some equal intervals.
public struct Histogram: Sendable, Equatable {
    /// The least and the greatest number.
    public let minimum: Double
    public let maximum: Double
    /// How many there are, and the sums of them and of their squares.
    public let count: Int
    public let sum: Double
    public let sumOfSquares: Double
    /// The upper ends of the intervals, and how many numbers are above the end before and not above this one.
    public let limits: [Double]
    public let counts: [Int]

    /// Of a tensor's elements; those that are not finite are left out. nil where none is left.
    public init?(_ tensor: Tensor, bins: Int = 30) {
        self.init(tensor.detach().array(as: Float.self), bins: bins)
    }

    /// Of numbers; those that are not finite are left out. nil where none is left.
    public init?(_ values: [Float], bins: Int = 30) {
        precondition(bins > 0, "Histogram: expected 1 bin or more, got \(bins)")
        var least = Float.infinity
        var greatest = -Float.infinity
        var (sum, squares, count) = (0.0, 0.0, 0)
        for value in values where value.isFinite {
            least = min(least, value)
            greatest = max(greatest, value)
            sum += Double(value)
            squares += Double(value) * Double(value)
            count += 1
        }
        guard count > 0 else { return nil }
        let (low, high) = (Double(least), Double(greatest))
        // Equal numbers have one interval, of no width.
        let bins = high > low ? bins : 1
        let width = (high - low) / Double(bins)
        let limits = (1...bins).map { $0 == bins ? high : low + width * Double($0) }
        var counts = [Int](repeating: 0, count: bins)
        for value in values where value.isFinite {
            var bin = width > 0 ? min(Int((Double(value) - low) / width), bins - 1) : 0
            // Rounding may miss by one.
            if bin > 0 && Double(value) <= limits[bin - 1] { bin -= 1 }
            counts[bin] += 1
        }
        (minimum, maximum, self.count) = (low, high, count)
        (self.sum, sumOfSquares) = (sum, squares)
        (self.limits, self.counts) = (limits, counts)
    }
}
