package import MartletData

/// Samples to evaluate on that were trained on.
package enum Leakage {
    /// Warns when there are any, where both parts are in memory to be compared; `martlet data check` always compares.
    ///
    /// - Parameters:
    ///   - training: what stands for each sample's content, and what it is called; nil where they are not in memory.
    ///   - evaluation: likewise.
    ///   - kind: what samples are called: `images`.
    package static func warn(
        training: [(hash: ContentHash, name: String)]?,
        evaluation: [(hash: ContentHash, name: String)]?, kind: String
    ) {
        guard let training, let evaluation else { return }
        let names = Dictionary(training.map { ($0.hash, $0.name) }, uniquingKeysWith: { a, _ in a })
        let shared = evaluation.compactMap { one in names[one.hash].map { (one.name, $0) } }
        guard let (name, other) = shared.first else { return }
        Log.info(
            "warning: \(shared.count) of the \(evaluation.count) \(kind) to evaluate on are also "
                + "trained on (\(name) is \(other)), so that the scores are too good; "
                + "martlet data check lists them")
    }
}
