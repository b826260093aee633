/// The batches of one epoch, in order.
///
/// `next()` is called from one thread at a time. Letting go of the object, or `cancel()`, stops the
/// workers after the element each is at.
public final class Batches<Batch: Sendable> {
    /// Where the epoch ends: batches are numbered below this.
    public let count: Int
    /// The batch that `next()` returns next.
    public private(set) var position: Int
    /// How long `next()` has waited for workers, in seconds.
    public private(set) var secondsWaited = 0.0

    private let queue: BatchQueue<LoadedBatch<Batch>>
    private let load: (Int, () -> Bool) throws -> LoadedBatch<Batch>?
    private let skipped: SkippedSamples?
    private let workers: Int
    private var isFinished = false

    init(
        first: Int, count: Int, workers: Int, prefetch: Int, skipped: SkippedSamples?,
        load:
            @escaping @Sendable (_ batch: Int, _ isCancelled: () -> Bool) throws
            -> LoadedBatch<Batch>?
    ) {
        self.count = count
        self.skipped = skipped
        self.load = load
        position = first
        let queue = BatchQueue<LoadedBatch<Batch>>(first: first, count: count, window: prefetch)
        self.queue = queue
        // Starting no more threads than there are batches keeps small epochs cheap.
        self.workers = min(workers, count - first)
        for _ in 0..<self.workers {
            queue.startWorker {
                while let batch = queue.claim() {
                    let result = Result { try load(batch, { queue.isCancelled }) }
                    queue.deliver(result, for: batch)
                }
            }
        }
    }

    deinit { cancel() }

    /// The next batch; nil after the last one. A batch whose samples were all left out is passed over.
    ///
    /// - Throws: what loading the batch threw, `SampleError` where an element was the cause and
    ///   `TooManySkipped` where too many were. The epoch is then over.
    public func next() throws -> Batch? {
        do {
            while !isFinished, position < count {
                let loaded = try workers == 0 ? load(position, { false }) : nextFromWorkers()
                position += 1
                // Here and not on a worker, so that what was made ahead and not taken does not count.
                if let loaded { try skipped?.add(loaded.skipped) }
                if let batch = loaded?.batch { return batch }
            }
        } catch {
            cancel()
            throw error
        }
        cancel()
        return nil
    }

    private func nextFromWorkers() throws -> LoadedBatch<Batch>? {
        let start = ContinuousClock.now
        defer { secondsWaited += (ContinuousClock.now - start) / .seconds(1) }
        return try queue.take(position).get()
    }

    /// Ends the epoch: waits until every worker has stopped. `next()` then returns nil.
    public func cancel() {
        isFinished = true
        queue.cancelAndWait()
    }
}

/// What loading a batch gave.
struct LoadedBatch<Batch: Sendable>: Sendable {
    /// nil when every sample was left out.
    let batch: Batch?
    let skipped: [SampleError]
}
