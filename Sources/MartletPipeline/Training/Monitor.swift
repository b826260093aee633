internal import Martlet
internal import MartletMetrics

/// The metric that chooses the best epoch.
struct Monitor {
    let name: String
    let higherIsBetter: Bool

    /// The one the settings name, or the task's own.
    ///
    /// - Throws: `ConfigurationError` for a metric the task does not have, or whose direction nobody says.
    init<T: Task>(_ settings: CheckpointSettings, of task: T) throws {
        let own = T.Evaluation.monitor
        name = settings.monitor ?? own.name
        let known = task.makeEvaluation().values.map(\.name).filter { $0 != "n" }
        guard known.contains(name) else {
            let hint = EditDistance.nearest(to: name, among: known)
            throw ConfigurationError([
                "checkpoint.monitor: expected one of \(known.joined(separator: ", ")), got \"\(name)\""
                    + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
            ])
        }
        switch settings.mode {
        case .max: higherIsBetter = true
        case .min: higherIsBetter = false
        case nil where name == own.name: higherIsBetter = own.higherIsBetter
        case nil where name == "loss": higherIsBetter = false
        case nil:
            throw ConfigurationError([
                "checkpoint.mode: expected min or max, as checkpoint.monitor=\(name) does not say which "
                    + "is better"
            ])
        }
    }

    /// Whether a score is better than the best so far. One that is no number never is.
    func prefers(_ score: Double, to best: Double?) -> Bool {
        guard score.isFinite else { return false }
        guard let best else { return true }
        return higherIsBetter ? score > best : score < best
    }
}
