internal import Martlet
internal import MartletData
internal import MartletNN

/// Runs a task's evaluation.
public enum Evaluator {
    /// Evaluates on the task's own batches.
    public static func evaluate<T: Task>(_ task: T, title: String) throws -> T.Evaluation {
        try evaluate(task, on: task.evaluationBatches(), limit: .max, title: title) {}
    }

    /// Evaluates on some batches.
    ///
    /// - Parameters:
    ///   - limit: the most batches to use.
    ///   - check: called after each batch; what it throws ends the evaluation.
    static func evaluate<T: Task>(
        _ task: T, on batches: Batches<T.Batch>, limit: Int, title: String, check: () throws -> Void
    ) throws -> T.Evaluation {
        defer { batches.cancel() }
        let total = min(limit, batches.count)
        let progress = ProgressLine(title, total: total, unit: "batches")
        defer { progress.finish() }
        var evaluation = task.makeEvaluation()
        let context = Context.inference(precision: task.options.precision)
        try noGrad {
            while batches.position < total, let batch = try batches.next() {
                try task.evaluate(batch, into: &evaluation, context)
                progress.update(batches.position)
                try check()
            }
        }
        return evaluation
    }
}
