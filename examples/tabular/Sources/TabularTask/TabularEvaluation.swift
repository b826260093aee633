internal import Martlet
public import MartletMetrics
public import MartletPipeline

/// What is measured of predictions for a table: errors of numbers, or hits of classes.
public struct TabularEvaluation: TaskEvaluation {
    public static var monitor: MetricInfo { MetricInfo(name: "loss", higherIsBetter: false) }

    private let classes: [String]
    private var loss = MeanLoss()
    private var regression = RegressionMetrics()
    private var accuracy = Accuracy()
    private var area = ROCAUC()

    init(classes: [String]) { self.classes = classes }

    /// Adds a batch: the network's outputs `(N, classes)` or `(N, 1)`, in the target's units, and the targets `(N)`.
    mutating func update(outputs: Tensor, targets: Tensor, loss: Double) {
        self.loss.update(mean: loss, count: targets.count)
        guard !classes.isEmpty else {
            regression.update(predictions: outputs.squeeze(1), targets: targets)
            return
        }
        let labels = targets.to(.int64)
        accuracy.update(logits: outputs, labels: labels)
        if classes.count == 2 {
            area.update(scores: outputs[0..., 1] - outputs[0..., 0], labels: labels)
        }
    }

    public var values: [(name: String, value: Double)] {
        var result = [(name: "loss", value: loss.compute() ?? .nan)]
        if classes.isEmpty {
            result += regression.values
        } else {
            result.append(("accuracy", accuracy.compute() ?? .nan))
            if classes.count == 2 { result.append(("rocAUC", area.compute() ?? .nan)) }
        }
        return result + [("n", loss.weight)]
    }

    public var report: String {
        values.map { "\($0.name)\t\(($0.value * 1e4).rounded() / 1e4)" }.joined(separator: "\n")
    }
}
