internal import Martlet
internal import MartletData
internal import MartletPipeline
internal import MartletText

/// The texts of one part of a data set as ids, all in memory.
struct TextSet: Sendable {
    let texts: LabelledTexts
    private let sequences: [[Int32]]
    private let truncated: [Int]
    private let padding: Int
    private let unknown: Int
    /// What could not be read and was left out; nil where the first such text is an error.
    let skipped: SkippedSamples?

    /// Cuts all texts into tokens.
    init(
        _ texts: LabelledTexts, _ vectorizer: TextVectorizer, _ settings: SampleSettings
    ) throws {
        self.texts = texts
        skipped = try texts.skipped(settings)
        let vectors = vectorizer(texts.items.map(\.text))
        sequences = vectors.map(\.ids)
        truncated = vectors.map(\.truncated)
        padding = vectorizer.vocabulary.paddingID
        unknown = vectors.reduce(0) { $0 + $1.unknown }
    }

    /// How many tokens of each text are read.
    var lengths: [Int] { sequences.map(\.count) }

    /// How much of the texts is read and known, in words.
    var summary: String {
        let read = lengths.reduce(0, +)
        let cut = truncated.count { $0 > 0 }
        let lost = truncated.reduce(0, +)
        let sorted = lengths.sorted()
        func percent(_ part: Int, _ whole: Int) -> String {
            "\((Double(part) / Double(max(1, whole)) * 10_000).rounded() / 100) %"
        }
        return "\(read) tokens are read, \(sorted[sorted.count / 2]) of a text in the median, "
            + "\(percent(unknown, read)) of them unknown; "
            + (cut == 0
                ? "no text is cut"
                : "\(cut) texts (\(percent(cut, sorted.count))) are cut, "
                    + "by \(percent(lost, read + lost)) of all tokens")
    }

    /// What stands for each text's content.
    var contents: [(hash: ContentHash, name: String)] {
        texts.items.map { item in
            var hash = SHA256()
            hash.update(line: item.text)
            return (hash.digest(), item.source)
        }
    }

    /// Batches of the texts of these indices.
    func batches(
        _ batches: [[Int]], workers: Int
    ) -> DataLoader<ArrayDataset<[Int]>, SentimentTask.Batch> {
        DataLoader(
            ArrayDataset(batches), batchSize: 1, workers: workers, generator: Generator(seed: 0)
        ) { chosen in
            let indices = chosen[0]
            return SentimentTask.Batch(
                texts: PaddedBatch(
                    indices.map { sequences[$0] }, padding: padding, multipleOf: 8),
                items: indices.map { texts.items[$0] },
                tokens: indices.map { sequences[$0].count + truncated[$0] }, indices: indices)
        }
    }
}

extension LabelledTexts {
    /// What was left out, as pipelines list it; nil where the first such text is an error.
    fileprivate func skipped(_ settings: SampleSettings) throws -> SkippedSamples? {
        guard settings.onBad == .skip else { return nil }
        let skipped = SkippedSamples(atMost: settings.maxBad, of: count + problems.count)
        try skipped.add(
            problems.enumerated().map { index, error in
                SampleError(
                    index: index,
                    sample: [error.path, error.place].compactMap { $0 }.joined(separator: " "),
                    underlying: error)
            })
        return skipped
    }
}
