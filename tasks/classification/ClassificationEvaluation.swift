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
    private var mistakes: [Judgement] = []
    /// The first images, as they come.
    private var first: [Judgement] = []
    /// A curve a class; none where there are too many to look at.
    private var curves: [PrecisionRecallCurve] = []
    public private(set) var samples: [SampleResult] = []

    private struct Judgement {
        let name: String
        let image: Image
        let truth: Int
        let prediction: Int
        let probability: Float
    }

    private static let mistakesKept = 32
    private static let samplesShown = 16
    private static let curvesAtMost = 20

    init(classes: [String], normalize: Normalize?) {
        metrics = ClassificationMetrics(classes: classes)
        self.normalize = normalize
        if classes.count <= Self.curvesAtMost {
            curves = classes.map { _ in PrecisionRecallCurve() }
        }
    }

    /// Adds logits `(N, classes)` for images `(N, C, H, W)` with their true classes `(N)` and their names.
    mutating func update(logits: Tensor, images: Tensor, labels: Tensor, names: [String]) {
        metrics.update(logits: logits, labels: labels)
        let scores = logits.softmax(dim: 1)
        let (values, indices) = scores.topk(1)
        let predictions = indices.array(as: Int.self)
        let probabilities = values.array(as: Float.self)
        let truths = labels.array(as: Int.self)
        addToCurves(scores, truths)
        for (row, truth) in truths.enumerated() {
            let isRight = predictions[row] == truth
            samples.append(
                SampleResult(
                    id: names[row], score: isRight ? 1 : 0,
                    details: [
                        ("truth", metrics.classes[truth]),
                        ("prediction", metrics.classes[predictions[row]]),
                        ("probability", "\(probabilities[row])"),
                    ]))
            func judgement() -> Judgement {
                Judgement(
                    name: names[row], image: Image(images[row], denormalizing: normalize),
                    truth: truth, prediction: predictions[row], probability: probabilities[row])
            }
            if first.count < Self.samplesShown { first.append(judgement()) }
            guard
                !isRight,
                mistakes.count < Self.mistakesKept
                    || probabilities[row] > mistakes[mistakes.count - 1].probability
            else { continue }
            let place =
                mistakes.firstIndex { $0.probability < probabilities[row] } ?? mistakes.count
            mistakes.insert(judgement(), at: place)
            if mistakes.count > Self.mistakesKept { mistakes.removeLast() }
        }
    }

    private mutating func addToCurves(_ scores: Tensor, _ truths: [Int]) {
        guard !curves.isEmpty else { return }
        let scores = scores.array(as: Float.self)
        for (row, truth) in truths.enumerated() {
            for index in curves.indices {
                curves[index].update(
                    score: scores[row * curves.count + index], isPositive: index == truth)
            }
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
            ImageGrid.Cell(mistake.image, caption: caption(mistake), verdict: .wrong)
        }
        let title = cells.isEmpty ? "No mistakes" : "The surest mistakes"
        let grid = ImageGrid(cells, title: title)
        return [Picture("confusion", matrix.image()), Picture("mistakes", grid.image())]
    }

    public var galleries: [Gallery] {
        [
            Gallery(
                "mistakes", title: "The surest mistakes",
                mistakes.map {
                    .init($0.image, caption: caption($0) + [$0.name], verdict: .wrong)
                }),
            Gallery(
                "samples", title: "The first images",
                first.map {
                    let isRight = $0.prediction == $0.truth
                    return .init(
                        $0.image, caption: caption($0) + [$0.name],
                        verdict: isRight ? .right : .wrong)
                }),
        ]
    }

    public var precisionRecall: [(name: String, curve: PrecisionRecallCurve)] {
        zip(metrics.classes, curves).map { (name: $0, curve: $1) }
    }

    private func caption(_ judgement: Judgement) -> [String] {
        let percent = ClassPrediction.Candidate.percent(judgement.probability)
        let claim = "\(metrics.classes[judgement.prediction]) \(percent)"
        return judgement.prediction == judgement.truth
            ? [claim] : [claim, "is \(metrics.classes[judgement.truth])"]
    }
}
