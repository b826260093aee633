internal import Martlet
public import MartletMetrics
public import MartletPipeline
internal import MartletVision

/// How well texts were classified, which were not, and how that depends on their length.
public struct SentimentEvaluation: TaskEvaluation {
    public static var monitor: MetricInfo { MetricInfo(name: "accuracy", higherIsBetter: true) }

    /// What was counted so far.
    public private(set) var metrics: ClassificationMetrics
    /// A curve a class, of its probability against all others.
    private var areas: [ROCAUC]
    private var curves: [PrecisionRecallCurve]
    private var lengths = LengthTable()
    /// In the order that they were evaluated in.
    private var judgements: [Judgement] = []

    private struct Judgement {
        /// The text's place in the data.
        let index: Int
        let text: String
        let source: String
        let truth: Int
        let prediction: Int
        let probability: Float

        var isRight: Bool { prediction == truth }
    }

    private static let mistakesShown = 32
    private static let samplesShown = 16
    /// The most classes that have curves of their own.
    private static let curvesAtMost = 20

    init(classes: [String]) {
        metrics = ClassificationMetrics(classes: classes)
        let count = classes.count <= Self.curvesAtMost ? classes.count : 0
        areas = Array(repeating: ROCAUC(), count: count)
        curves = Array(repeating: PrecisionRecallCurve(), count: count)
    }

    /// Adds logits `(N, classes)` of texts with their true classes.
    ///
    /// - Parameters:
    ///   - indices: the texts' places in the data.
    ///   - tokens: how many tokens each text has, before it was cut.
    mutating func update(
        logits: Tensor, labels: [Int], indices: [Int], texts: [(text: String, source: String)],
        tokens: [Int]
    ) {
        metrics.update(logits: logits, labels: Tensor(labels))
        let scores = logits.softmax(dim: 1).array(as: Float.self)
        let classes = metrics.classes.count
        for (row, truth) in labels.enumerated() {
            let probabilities = scores[(row * classes)..<((row + 1) * classes)]
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }!
            let judgement = Judgement(
                index: indices[row], text: texts[row].text, source: texts[row].source, truth: truth,
                prediction: best - row * classes, probability: probabilities[best])
            judgements.append(judgement)
            lengths.add(tokens: tokens[row], isRight: judgement.prediction == truth)
            for index in areas.indices {
                let score = probabilities[row * classes + index]
                areas[index].update(scores: [Double(score)], labels: [index == truth])
                curves[index].update(score: score, isPositive: index == truth)
            }
        }
    }

    public var samples: [SampleResult] {
        judgements.sorted { $0.index < $1.index }.map { judgement in
            SampleResult(
                id: judgement.source, score: judgement.isRight ? 1 : 0,
                details: [
                    ("truth", metrics.classes[judgement.truth]),
                    ("prediction", metrics.classes[judgement.prediction]),
                    ("probability", "\(judgement.probability)"),
                ])
        }
    }

    /// The mean of the classes' areas; of two classes that of the second; nil where one is undefined.
    private var area: Double? {
        if areas.count == 2 { return areas[1].compute() }
        let all = areas.map { $0.compute() }
        guard !all.isEmpty, !all.contains(where: { $0 == nil }) else { return nil }
        return all.compactMap { $0 }.reduce(0, +) / Double(all.count)
    }

    public var values: [(name: String, value: Double)] {
        [
            ("loss", metrics.loss), ("accuracy", metrics.accuracy), ("macroF1", metrics.macroF1),
            ("microF1", metrics.matrix.f1(.micro)), ("MCC", metrics.matrix.matthewsCorrelation),
            ("rocAUC", area ?? .nan), ("n", Double(metrics.count)),
        ]
    }

    public var report: String {
        func short(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
        let figures = [
            "micro F1 \(short(metrics.matrix.f1(.micro)))",
            "Matthews correlation \(short(metrics.matrix.matthewsCorrelation))",
            "area under the ROC curve \(area.map(short) ?? "undefined")",
        ]
        return "\(metrics)\n\(figures.joined(separator: ", "))\n\n\(lengths.description)"
    }

    public var pictures: [Picture] {
        let matrix = ConfusionMatrixPicture(counts: metrics.confusion, classes: metrics.classes)
        return [Picture("confusion", matrix.image())] + (rocPicture.map { [$0] } ?? [])
            + [Picture("length", lengths.picture)]
    }

    /// True over false positives; one curve where there are two classes.
    private var rocPicture: Picture? {
        let shown = areas.count == 2 ? [1] : Array(areas.indices.prefix(6))
        let curves = shown.compactMap { index -> LineChart.Curve? in
            let points = areas[index].curve
            guard !points.isEmpty else { return nil }
            return LineChart.Curve(
                metrics.classes[index], x: points.map(\.falsePositiveRate),
                y: points.map(\.truePositiveRate))
        }
        guard !curves.isEmpty else { return nil }
        let chance = LineChart.Curve("chance", x: [0, 1], y: [0, 1], color: Color(grey: 170))
        return Picture(
            "roc",
            LineChart(
                title: "ROC curve", xLabel: "false positive rate", yLabel: "true positive rate",
                curves: curves + [chance], yRange: 0...1
            ).image())
    }

    public var galleries: [Gallery] {
        func items(_ shown: [Judgement]) -> [Gallery.Item] {
            shown.map {
                .init(
                    .text($0.text), caption: caption($0),
                    verdict: $0.isRight ? .right : .wrong)
            }
        }
        let inOrder = judgements.sorted { $0.index < $1.index }
        let mistakes = inOrder.filter { !$0.isRight }.sorted { $0.probability > $1.probability }
            .prefix(Self.mistakesShown)
        return [
            Gallery("mistakes", title: "The surest mistakes", items(Array(mistakes))),
            Gallery(
                "samples", title: "The first texts", items(Array(inOrder.prefix(Self.samplesShown)))
            ),
        ]
    }

    public var precisionRecall: [(name: String, curve: PrecisionRecallCurve)] {
        zip(metrics.classes, curves).map { (name: $0, curve: $1) }
    }

    private func caption(_ judgement: Judgement) -> [String] {
        let percent = TextPrediction.percent(judgement.probability)
        let claim = "\(metrics.classes[judgement.prediction]) \(percent)"
        return (judgement.isRight ? [claim] : ["\(claim), is \(metrics.classes[judgement.truth])"])
            + [judgement.source]
    }
}

/// The accuracy by the length of texts.
struct LengthTable {
    /// The greatest length of each row but the last.
    private static let limits = [8, 16, 32, 64, 128, 256, 512]
    private var rows = [(right: Int, all: Int)](
        repeating: (0, 0), count: LengthTable.limits.count + 1)

    mutating func add(tokens: Int, isRight: Bool) {
        let row = LengthTable.limits.firstIndex { tokens <= $0 } ?? LengthTable.limits.count
        rows[row].all += 1
        if isRight { rows[row].right += 1 }
    }

    /// The rows that have texts, from the shortest on.
    private var present: [(name: String, accuracy: Double, count: Int)] {
        rows.enumerated().filter { $0.element.all > 0 }.map { index, row in
            let from = index == 0 ? 1 : LengthTable.limits[index - 1] + 1
            let name =
                index < LengthTable.limits.count
                ? "\(from)-\(LengthTable.limits[index])" : "\(from)-"
            return (name, Double(row.right) / Double(row.all), row.all)
        }
    }

    var description: String {
        TextTable.lines(
            [["tokens", "accuracy", "texts"]]
                + present.map {
                    [$0.name, "\(($0.accuracy * 10_000).rounded() / 10_000)", "\($0.count)"]
                }, rightAligned: [1, 2])
    }

    /// A bar for each length.
    var picture: Image {
        let present = self.present
        let (bar, left, top, height) = (64, 52, 40, 200)
        let width = max(260, left + bar * present.count + 20)
        var image = Image(height: top + height + 52, width: width, fill: .white)
        let label = TextStyle(height: 8)
        let grey = TextStyle(height: 8, color: Color(grey: 110))
        image.drawText("Accuracy by length", x: 10, y: 22, style: TextStyle(height: 11))
        for step in 0...4 {
            let y = top + height - height * step / 4
            image.fill(
                PixelRect(top: y, left: left, height: 1, width: bar * present.count),
                Color(grey: 225))
            image.drawText("\(step * 25) %", x: left - 8, y: y + 4, style: grey, alignment: .right)
        }
        for (index, row) in present.enumerated() {
            let tall = Int((Double(height) * row.accuracy).rounded())
            let x = left + index * bar
            image.fill(
                PixelRect(top: top + height - tall, left: x + 8, height: tall, width: bar - 16),
                .blue)
            let middle = x + bar / 2
            image.drawText(
                "\(Int((row.accuracy * 1000).rounded()) / 10).\(Int((row.accuracy * 1000).rounded()) % 10)",
                x: middle, y: top + height - tall - 5, style: label, alignment: .center)
            image.drawText(
                row.name, x: middle, y: top + height + 16, style: label, alignment: .center)
            image.drawText(
                "\(row.count)", x: middle, y: top + height + 30, style: grey, alignment: .center)
        }
        image.drawText("tokens, texts", x: left, y: top + height + 46, style: grey)
        return image
    }
}
