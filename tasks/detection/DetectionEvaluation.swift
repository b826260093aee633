internal import Martlet
public import MartletMetrics
public import MartletPipeline
internal import MartletVision

/// COCO's and Pascal VOC's numbers of a detector, what it took for what, and the images it did worst on.
public struct DetectionEvaluation: TaskEvaluation {
    public static var monitor: MetricInfo { MetricInfo(name: "mAP", higherIsBetter: true) }

    /// What was found and what there was.
    public private(set) var record: DetectionRecord
    private let normalize: Normalize
    /// The images with the most errors, the most first.
    private var worst: [Judgement] = []
    /// The first images, as they come.
    private var first: [Judgement] = []

    private struct Judgement {
        let name: String
        let image: Image
        /// From the image's own pixels to those of `image`.
        let placement: Placement
        let detections: [Detection]
        let truths: [DetectionTruth]
        let missed: Int
        let wrong: Int
        var errors: Int { missed + wrong }
    }

    private static let worstKept = 12
    private static let samplesShown = 6
    private static let curvesAtMost = 20
    /// Detections above it are drawn, and counted in pictures.
    private static let shownScore = 0.25
    private static let overlap = 0.5

    init(classes: [String], normalize: Normalize) {
        record = DetectionRecord(classes: classes)
        self.normalize = normalize
    }

    /// Adds an image.
    ///
    /// - Parameters:
    ///   - image: its number.
    ///   - name: what it is called.
    ///   - pixels: what the network saw, `(3, H, W)`.
    ///   - placement: where the image's own pixels are in those.
    ///   - detections: in the image's own pixels.
    ///   - truths: in the image's own pixels.
    mutating func update(
        image: Int, name: String, pixels: Tensor, placement: Placement, detections: [Detection],
        truths: [DetectionTruth]
    ) {
        record.add(image: image, detections: detections, truths: truths)
        let shown = detections.filter { $0.score >= Self.shownScore }
        let (missed, wrong) = Self.errors(shown, truths)
        func judgement() -> Judgement {
            Judgement(
                name: name, image: Image(pixels, denormalizing: normalize), placement: placement,
                detections: shown, truths: truths, missed: missed, wrong: wrong)
        }
        if first.count < Self.samplesShown { first.append(judgement()) }
        let errors = missed + wrong
        guard
            errors > 0, worst.count < Self.worstKept || errors > worst[worst.count - 1].errors
        else { return }
        worst.insert(
            judgement(), at: worst.firstIndex { $0.errors < errors } ?? worst.count)
        if worst.count > Self.worstKept { worst.removeLast() }
    }

    /// How many truths no detection of their class overlaps enough, and how many detections find none that is left.
    private static func errors(
        _ detections: [Detection], _ truths: [DetectionTruth]
    ) -> (missed: Int, wrong: Int) {
        var open = truths
        var wrong = 0
        for thing in detections.sorted(by: { $0.score > $1.score }) {
            let fits = open.indices.filter {
                open[$0].label == thing.label && open[$0].box.iou(thing.box) >= overlap
            }
            if let best = fits.max(by: {
                open[$0].box.iou(thing.box) < open[$1].box.iou(thing.box)
            }) {
                if !open[best].isCrowd { open.remove(at: best) }
            } else {
                wrong += 1
            }
        }
        return (open.count { !$0.isCrowd && !$0.isDifficult }, wrong)
    }

    public var values: [(name: String, value: Double)] {
        record.report.values + [("n", Double(record.count))]
    }

    public var report: String { "\(record.report)" }

    public var pictures: [Picture] {
        let matrix = ConfusionMatrixPicture(
            counts: record.confusion().rows, classes: record.classes + ["background"])
        return [Picture("confusion", matrix.image()), Picture("samples", samples)] + curves
    }

    private var samples: Image {
        let cells = first.map {
            ImageGrid.Cell(
                picture($0), caption: caption($0), verdict: $0.errors == 0 ? .right : .wrong)
        }
        return ImageGrid(cells, columns: 3, side: 256, title: "The first images").image()
    }

    public var precisionRecall: [(name: String, curve: PrecisionRecallCurve)] {
        guard record.classes.count <= Self.curvesAtMost else { return [] }
        let coco = record.coco
        return record.classes.enumerated().map { label, name in
            var curve = PrecisionRecallCurve()
            let outcomes = coco.outcomes(of: label)
            for one in outcomes { curve.update(score: Float(one.score), isPositive: one.isRight) }
            curve.update(missed: coco.truths(of: label) - outcomes.count(where: \.isRight))
            return (name, curve)
        }
    }

    public var galleries: [Gallery] {
        func items(_ judgements: [Judgement]) -> [Gallery.Item] {
            judgements.map {
                .init(
                    picture($0), caption: caption($0) + [$0.name],
                    verdict: $0.errors == 0 ? .right : .wrong)
            }
        }
        return [
            Gallery("mistakes", title: "The images with the most errors", items(worst)),
            Gallery("samples", title: "The first images", items(first)),
        ]
    }

    /// What there is in white, what was found in its class's colour.
    private func picture(_ judgement: Judgement) -> Image {
        let truths = judgement.truths.map { LabelledBox(judgement.placement($0.box), "", .white) }
        // Words on many small boxes would hide what they name.
        let hasWords = judgement.detections.count <= 12
        let found = judgement.detections.reversed().map { thing in
            LabelledBox(
                judgement.placement(thing.box),
                hasWords
                    ? DetectionPrediction.words(record.classes[thing.label], thing.score) : "",
                .ofClass(thing.label))
        }
        return judgement.image.drawing(truths + found)
    }

    private func caption(_ judgement: Judgement) -> [String] {
        judgement.errors == 0
            ? ["all \(judgement.truths.count) found"]
            : ["\(judgement.missed) of \(judgement.truths.count) missed, \(judgement.wrong) wrong"]
    }

    /// Precision over recall, and F1 over the least score, of each class where there are few, else of all together.
    private var curves: [Picture] {
        let coco = record.coco
        let known: [(name: String, curve: DetectionCurve?)] =
            record.classes.count <= Self.curvesAtMost
            ? record.classes.enumerated().map { ($1, coco.curve(of: $0)) }
            : [("all classes", coco.meanCurve())]
        let drawn = known.compactMap { name, curve in curve.map { (name, $0.points) } }
        guard !drawn.isEmpty else { return [] }
        func chart(
            _ title: String, _ xLabel: String, _ yLabel: String,
            _ x: (DetectionCurve.Point) -> Double, _ y: (DetectionCurve.Point) -> Double
        ) -> Image {
            let curves = drawn.enumerated().map { index, entry in
                LineChart.Curve(
                    entry.0, x: entry.1.map(x), y: entry.1.map(y), color: .ofClass(index))
            }
            return LineChart(
                title: title, xLabel: xLabel, yLabel: yLabel, curves: curves, yRange: 0...1
            ).image()
        }
        return [
            Picture(
                "precision-recall",
                chart(
                    "Precision over recall, overlap 0.5", "recall", "precision", \.recall,
                    \.precision)),
            Picture(
                "f1",
                chart("F1 over the least score, overlap 0.5", "score", "F1", \.score, \.f1)),
        ]
    }
}
