public import Martlet

/// Turns a data set into batches, on worker threads that stay ahead of the caller.
///
/// The batches of an epoch, their order and their random numbers depend on the generator's seed and
/// the epoch alone: any number of workers gives the same. A loader is a value without state, so an
/// epoch can be had again, or from the middle:
///
/// ```swift
/// let loader = DataLoader(set, batchSize: 64, order: .shuffled, generator: Generator(seed: 1)) {
///     Tensor.stack($0, dim: 0)
/// }
/// let batches = loader.epoch(0)
/// while let batch = try batches.next() { ... }
/// ```
public struct DataLoader<Source: Dataset, Batch: Sendable>: Sendable {
    /// In which order an epoch takes the elements.
    public enum Order: Sendable {
        /// By index.
        case sequential
        /// At random, anew in every epoch.
        case shuffled
        /// As the function says, given the epoch and random numbers of its own. Elements may be
        /// left out or repeated.
        case custom(@Sendable (_ epoch: Int, _ generator: inout Generator) -> [Int])
    }

    /// Where elements come from.
    public let dataset: Source
    /// Elements in a batch; the last of an epoch may have fewer.
    public let batchSize: Int
    /// In which order an epoch takes the elements.
    public let order: Order
    /// Whether a last batch that is not full is left out.
    public let dropLast: Bool
    /// Threads that load; with 0 the caller's thread loads each batch when it is asked for.
    public let workers: Int
    /// How many batches may be ready or in the making ahead of the caller.
    public let prefetch: Int
    /// What randomness derives from.
    public let generator: Generator
    /// Where samples that cannot be read are noted; nil when one ends the epoch.
    public let skipped: SkippedSamples?
    let collate: @Sendable ([Source.Element]) throws -> Batch

    /// - Parameters:
    ///   - prefetch: by default two for each worker.
    ///   - skipped: lets samples that cannot be read be left out of their batches; one loader's epochs, and loaders of
    ///     one data set, may share it. By default such a sample ends the epoch with a `SampleError`.
    ///   - collate: makes a batch of elements; runs on a worker.
    public init(
        _ dataset: Source, batchSize: Int, order: Order = .sequential, dropLast: Bool = false,
        workers: Int = 1, prefetch: Int? = nil, generator: Generator,
        skipped: SkippedSamples? = nil,
        collate: @escaping @Sendable ([Source.Element]) throws -> Batch
    ) {
        precondition(
            batchSize >= 1 && workers >= 0 && prefetch ?? 1 >= 1,
            "DataLoader: expected batchSize and prefetch of 1 or more and workers of 0 or more, "
                + "got \(batchSize), \(prefetch ?? 1) and \(workers)")
        self.dataset = dataset
        self.batchSize = batchSize
        self.order = order
        self.dropLast = dropLast
        self.workers = workers
        self.prefetch = prefetch ?? max(1, 2 * workers)
        self.generator = generator
        self.skipped = skipped
        self.collate = collate
    }

    /// The elements of an epoch in the order they are taken.
    public func indices(epoch: Int) -> [Int] {
        var generator = generator.stream("shuffle", epoch)
        switch order {
        case .sequential: return Array(0..<dataset.count)
        case .shuffled: return generator.permutation(dataset.count)
        case .custom(let choose):
            let indices = choose(epoch, &generator)
            if let bad = indices.first(where: { !(0..<dataset.count).contains($0) }) {
                preconditionFailure(
                    "DataLoader: the order names element \(bad) of \(dataset.count)")
            }
            return indices
        }
    }

    /// How many batches an epoch of the whole data set has.
    public var batchCount: Int { batchCount(of: dataset.count) }

    private func batchCount(of elements: Int) -> Int {
        dropLast ? elements / batchSize : (elements + batchSize - 1) / batchSize
    }

    /// The batches of an epoch.
    ///
    /// - Parameter first: the batch to start with, to go on in the middle of an epoch.
    public func epoch(_ epoch: Int, from first: Int = 0) -> Batches<Batch> {
        let indices = indices(epoch: epoch)
        let count = batchCount(of: indices.count)
        precondition(
            (0...count).contains(first),
            "DataLoader: cannot start at batch \(first) of an epoch of \(count)")
        return Batches(
            first: first, count: count, workers: workers, prefetch: prefetch, skipped: skipped
        ) { [self] batch, isCancelled in
            let start = batch * batchSize
            let end = min(start + batchSize, indices.count)
            return try load(indices[start..<end], epoch: epoch, isCancelled: isCancelled)
        }
    }

    /// One batch; nil when it is no longer wanted.
    private func load(
        _ indices: ArraySlice<Int>, epoch: Int, isCancelled: () -> Bool
    ) throws -> LoadedBatch<Batch>? {
        var elements: [Source.Element] = []
        var skips: [SampleError] = []
        elements.reserveCapacity(indices.count)
        for index in indices {
            if isCancelled() { return nil }
            var generator = generator.stream("augment", epoch, index)
            do {
                elements.append(try dataset.element(at: index, generator: &generator))
            } catch {
                let failure = SampleError(
                    index: index, sample: dataset.describe(index), underlying: error)
                guard skipped != nil, (error as? any ExitCoded)?.exitCode == 3 else {
                    throw failure
                }
                skips.append(failure)
            }
        }
        let batch = elements.isEmpty && !skips.isEmpty ? nil : try collate(elements)
        return LoadedBatch(batch: batch, skipped: skips)
    }
}

/// An element of a data set that could not be loaded.
public struct SampleError: ExitCoded, CustomStringConvertible {
    /// The element's index in the data set.
    public let index: Int
    /// What the data set calls it: its file, ...
    public let sample: String
    /// Why it could not be loaded.
    public let underlying: any Error

    public init(index: Int, sample: String, underlying: any Error) {
        self.index = index
        self.sample = sample
        self.underlying = underlying
    }

    /// The cause's code where it has one, else 3: data.
    public var exitCode: Int32 { (underlying as? any ExitCoded)?.exitCode ?? 3 }

    /// `sample 17 (train/cat/3.jpg): reason`, naming the sample's file once.
    public var description: String {
        let reason = "\(underlying)"
        return reason.hasPrefix(sample)
            ? "sample \(index): \(reason)" : "sample \(index) (\(sample)): \(reason)"
    }
}
