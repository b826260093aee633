public import Martlet

/// Sequences of ids brought to one length.
public struct PaddedBatch: Sendable {
    /// `(N, T)`: each row a sequence, filled up at its end.
    public let ids: Tensor
    /// `(N)`: how many elements of each row are not filled up.
    public let lengths: Tensor

    /// Fills sequences up to the longest, or a little further.
    ///
    /// - Parameters:
    ///   - sequences: one or more, none of them empty.
    ///   - padding: the id that fills up.
    ///   - multiple: what T is a multiple of: with few different T, memory and kernels made for one batch serve others.
    public init(_ sequences: [[Int32]], padding: Int, multipleOf multiple: Int = 1) {
        precondition(
            !sequences.isEmpty && !sequences.contains { $0.isEmpty } && multiple >= 1,
            "PaddedBatch: expected sequences of one element or more, and a multiple of 1 or more")
        let most = sequences.reduce(0) { max($0, $1.count) }
        let longest = (most + multiple - 1) / multiple * multiple
        var values = [Int](repeating: padding, count: sequences.count * longest)
        for (row, sequence) in sequences.enumerated() {
            for (place, id) in sequence.enumerated() { values[row * longest + place] = Int(id) }
        }
        ids = Tensor(values).reshape([sequences.count, longest])
        lengths = Tensor(sequences.map(\.count))
    }
}
