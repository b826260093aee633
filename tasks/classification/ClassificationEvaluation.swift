internal import Foundation
internal import Martlet
public import MartletMetrics
internal import MartletNN
public import MartletPipeline
internal import MartletVision

/// Accuracy, top-5, F1 and loss of a classifier, and who was taken for whom.
public struct ClassificationEvaluation: TaskEvaluation {
    public static var monitor: MetricInfo { MetricInfo(name: "accuracy", higherIsBetter: true) }

    /// What was counted so far.
    public private(set) var metrics: ClassificationMetrics

    init(classes: [String]) { metrics = ClassificationMetrics(classes: classes) }

    mutating func update(logits: Tensor, labels: Tensor) {
        metrics.update(logits: logits, labels: labels)
    }

    public var values: [(name: String, value: Double)] {
        [
            ("loss", metrics.loss), ("accuracy", metrics.accuracy), ("top5", metrics.top5),
            ("macroF1", metrics.macroF1), ("n", Double(metrics.count)),
        ]
    }

    public var report: String { metrics.description }

    public var pictures: [Picture] {
        let matrix = ConfusionMatrixPicture(counts: metrics.confusion, classes: metrics.classes)
        return [Picture("confusion", matrix.image())]
    }
}
