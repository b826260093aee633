internal import MartletData
internal import MartletPipeline

/// Images to evaluate on that were trained on.
enum Leakage {
    /// Warns when there are any, where both parts are in memory to be compared; `martlet data check` always compares.
    static func warn(training: ImageSet, evaluation: ImageSet) {
        guard let known = training.contents, let asked = evaluation.contents else { return }
        let names = Dictionary(known.map { ($0.hash, $0.name) }, uniquingKeysWith: { a, _ in a })
        let shared = asked.compactMap { image in names[image.hash].map { (image.name, $0) } }
        guard let (name, other) = shared.first else { return }
        Log.info(
            "warning: \(shared.count) of the \(asked.count) images to evaluate on are also trained on "
                + "(\(name) is \(other)), so that the scores are too good; "
                + "martlet data check lists them")
    }
}
