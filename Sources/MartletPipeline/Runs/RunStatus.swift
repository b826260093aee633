internal import Foundation
internal import MartletMetrics

/// `run.json`: what a run is and how far it came, for lists of runs.
struct RunStatus: Codable, Equatable {
    static let fileName = "run.json"

    /// Whether training goes on, or how it ended.
    enum State: String, Codable { case running, finished, interrupted, failed }

    let task: String
    /// The architecture, where the task has several.
    let model: String?
    var state = State.running
    /// When the present process began, and when it ended: seconds since 1970.
    let started: Double
    var ended: Double?
    /// The process that trains.
    let process: Int32
    /// The epochs there are to train.
    let epochs: Int
    /// The metric that chooses the best epoch, and its direction.
    let monitor: String
    let higherIsBetter: Bool

    init<T: Task>(of task: T, monitor: Monitor) {
        self.task = T.name
        let options: TaskSettings = task.options
        model = options.model
        started = Date().timeIntervalSince1970
        process = getpid()
        epochs = options.epochs ?? 1
        self.monitor = monitor.name
        higherIsBetter = monitor.higherIsBetter
    }

    /// The state as it is: a process that was killed could not write that it ended.
    var presentState: State {
        guard state == .running, process > 0 else { return state }
        return kill(process, 0) == 0 || errno == EPERM ? .running : .interrupted
    }
}
