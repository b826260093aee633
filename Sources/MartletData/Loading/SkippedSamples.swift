internal import Martlet
internal import Synchronization

/// The samples that were left out because they could not be read, up to a limit.
///
/// A `DataLoader` that is given one leaves out elements whose reading throws a data error (one with exit code 3) and
/// notes them here; any other error ends the epoch as it would without. What is noted depends on the batches that
/// were taken, never on the number of workers.
public final class SkippedSamples: Sendable {
    /// How many different samples may be left out.
    public let limit: Int
    /// How many samples there are in all.
    public let total: Int
    private let found = Mutex<[Int: SampleError]>([:])

    /// - Parameters:
    ///   - share: the greatest part of the samples that may be left out, 0 to 1, rounded down to whole samples.
    ///   - total: how many samples the data set has.
    public init(atMost share: Double, of total: Int) {
        precondition(
            share >= 0 && share <= 1 && total >= 0,
            "SkippedSamples: expected a share from 0 to 1 of 0 or more samples, got \(share) of \(total)"
        )
        // A share such as 0.29 of 100 is 28.999... in floating point.
        limit = Int(share * Double(total) + 1e-9)
        self.total = total
    }

    /// Each sample once, by its index.
    public var list: [SampleError] {
        found.withLock { $0.values.sorted { $0.index < $1.index } }
    }

    /// Each sample once, by its index, in a form to keep.
    public var notes: [Note] {
        list.map { Note(index: $0.index, sample: $0.sample, reason: "\($0.underlying)") }
    }

    /// Takes up what an interrupted run had noted, beside what is noted already. The limit is looked at when the next
    /// sample is noted.
    public func take(_ notes: [Note]) {
        found.withLock { found in
            for note in notes where found[note.index] == nil {
                found[note.index] = SampleError(
                    index: note.index, sample: note.sample,
                    underlying: NotedProblem(description: note.reason))
            }
        }
    }

    /// A sample that was left out, and why.
    public struct Note: Codable, Equatable, Sendable {
        /// The sample's index in its data set.
        public let index: Int
        /// What the data set calls it.
        public let sample: String
        /// Why it could not be read.
        public let reason: String

        /// A note of what an earlier process left out.
        public init(index: Int, sample: String, reason: String) {
            self.index = index
            self.sample = sample
            self.reason = reason
        }
    }

    /// Notes samples, which may have been noted before.
    ///
    /// - Throws: `TooManySkipped` once there are more than the limit.
    public func add(_ errors: [SampleError]) throws(TooManySkipped) {
        if errors.isEmpty { return }
        let count = found.withLock { found in
            for error in errors { found[error.index] = error }
            return found.count
        }
        if count > limit {
            throw TooManySkipped(
                count: count, limit: limit, total: total, last: errors[errors.count - 1])
        }
    }
}

/// Why a sample could not be read, as an earlier process told.
private struct NotedProblem: ExitCoded, CustomStringConvertible {
    let description: String
    var exitCode: Int32 { 3 }
}

/// More samples could not be read than may be left out.
public struct TooManySkipped: ExitCoded, CustomStringConvertible {
    /// How many were found, how many may be left out, and how many samples there are.
    public let count: Int
    public let limit: Int
    public let total: Int
    /// One that was too many.
    public let last: SampleError

    /// 3: data.
    public var exitCode: Int32 { 3 }

    public var description: String {
        "\(count) of \(total) samples cannot be read, more than the \(limit) that may be left out; "
            + "the last: \(last)"
    }
}
