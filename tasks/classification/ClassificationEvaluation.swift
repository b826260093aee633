internal import Foundation
internal import Martlet
public import MartletMetrics
internal import MartletNN
public import MartletPipeline
internal import MartletVision

/// Accuracy, top-5, F1 and loss of a classifier, who was taken for whom, and where it was surest and wrong.
public struct ClassificationEvaluation: TaskEvaluation {
    public static var monitor: MetricInfo { MetricInfo(name: "accuracy", higherIsBetter: true) }

    /// What was counted so far.
    public private(set) var metrics: ClassificationMetrics
    private let normalize: Normalize?
    /// The surest mistake first.
    private var mistakes: [Mistake] = []

    private struct Mistake {
        let image: Image
        let truth: Int
        let prediction: Int
        let probability: Float
    }

    private static let mistakesKept = 32

    init(classes: [String], normalize: Normalize?) {
        metrics = ClassificationMetrics(classes: classes)
        self.normalize = normalize
    }

    /// Adds logits `(N, classes)` for images `(N, C, H, W)` with their true classes `(N)`.
    mutating func update(logits: Tensor, images: Tensor, labels: Tensor) {
        metrics.update(logits: logits, labels: labels)
        let (values, indices) = logits.softmax(dim: 1).topk(1)
        let predictions = indices.array(as: Int.self)
        let probabilities = values.array(as: Float.self)
        for (row, truth) in labels.array(as: Int.self).enumerated()
        where predictions[row] != truth {
            guard
                mistakes.count < Self.mistakesKept
                    || probabilities[row] > mistakes[mistakes.count - 1].probability
            else { continue }
            let mistake = Mistake(
                image: Image(images[row], denormalizing: normalize), truth: truth,
                prediction: predictions[row], probability: probabilities[row])
            let place =
                mistakes.firstIndex { $0.probability < mistake.probability } ?? mistakes.count
            mistakes.insert(mistake, at: place)
            if mistakes.count > Self.mistakesKept { mistakes.removeLast() }
        }
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
        let cells = mistakes.map { mistake in
            ImageGrid.Cell(
                mistake.image,
                caption: [
                    "\(metrics.classes[mistake.prediction]) \(percent(mistake.probability))",
                    "is \(metrics.classes[mistake.truth])",
                ], verdict: .wrong)
        }
        let title = cells.isEmpty ? "No mistakes" : "The surest mistakes"
        let grid = ImageGrid(cells, title: title)
        return [Picture("confusion", matrix.image()), Picture("mistakes", grid.image())]
    }

    private func percent(_ probability: Float) -> String {
        "\(Int((probability * 100).rounded())) %"
    }
}
