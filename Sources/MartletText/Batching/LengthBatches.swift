public import Martlet

/// Which sequences go into a batch together: those of about one length, so that little is filled up.
public struct LengthBatches: Sendable {
    /// How large batches are.
    public enum Size: Sendable, Equatable {
        /// So many sequences.
        case sequences(Int)
        /// As many sequences as fit into so many elements, those filled up included; at least one.
        case tokens(Int)
    }

    /// The lengths of the sequences.
    public let lengths: [Int]
    /// How large batches are.
    public let size: Size

    /// How many batches' worth of sequences are drawn at random before they are ordered by length: with more, less is filled
    /// up, and with fewer, batches are closer to random ones, from which networks learn in fewer epochs.
    private static let pool = 4

    /// Batches of sequences with these lengths.
    public init(lengths: [Int], size: Size) {
        switch size {
        case .sequences(let count), .tokens(let count):
            precondition(count >= 1, "LengthBatches: expected a size of 1 or more, got \(count)")
        }
        self.lengths = lengths
        self.size = size
    }

    /// All sequences in batches at random: each is in one batch, with others of about its length.
    public func shuffled(_ generator: inout Generator) -> [[Int]] {
        let order = generator.permutation(lengths.count)
        let mean = max(1, lengths.reduce(0, +) / max(1, lengths.count))
        let inBatch =
            switch size {
            case .sequences(let count): count
            case .tokens(let count): max(1, count / mean)
            }
        let poolSize = max(1, min(lengths.count, inBatch * LengthBatches.pool))
        var batches: [[Int]] = []
        for start in stride(from: 0, to: order.count, by: poolSize) {
            let pool = order[start..<min(start + poolSize, order.count)]
            // Equal lengths stay in their random order.
            let sorted = pool.enumerated().sorted {
                (lengths[$0.element], $0.offset) < (lengths[$1.element], $1.offset)
            }
            batches += cut(sorted.map(\.element))
        }
        return generator.permutation(batches.count).map { batches[$0] }
    }

    /// All sequences in batches at random, whatever their lengths.
    public func unsorted(_ generator: inout Generator) -> [[Int]] {
        cut(generator.permutation(lengths.count))
    }

    /// All sequences in batches, the shortest first.
    public var byLength: [[Int]] {
        cut(lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) })
    }

    /// Cuts sequences, in this order, into batches.
    private func cut(_ order: [Int]) -> [[Int]] {
        switch size {
        case .sequences(let count):
            return stride(from: 0, to: order.count, by: count).map {
                Array(order[$0..<min($0 + count, order.count)])
            }
        case .tokens(let most):
            var batches: [[Int]] = []
            var batch: [Int] = []
            var longest = 0
            for index in order {
                longest = max(longest, lengths[index])
                if !batch.isEmpty && (batch.count + 1) * longest > most {
                    batches.append(batch)
                    batch = []
                    longest = lengths[index]
                }
                batch.append(index)
            }
            if !batch.isEmpty { batches.append(batch) }
            return batches
        }
    }
}
