import Foundation
import Martlet
import MartletMetrics
import MartletTesting
import Testing

/// Sets on which metrics are easily no numbers: they have scikit-learn's value, or none.
@Suite struct DegenerateTests {
    private static let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

    /// A few samples: so few that classes are missing, predictions are all the same and scores are equal.
    private struct Sample: Codable {
        let classes: Int
        let predictions: [Int]
        let labels: [Int]
        let scores: [Double]
        let values: [Double]
    }

    /// What scikit-learn says; nil where it says NaN.
    private struct Figures: Decodable {
        let accuracy: Double
        let perClass: [[Double]]
        let macro: [Double]
        let weighted: [Double]
        let correlation: Double
        let area: Double?
        let r2: Double?
    }

    private static let script = """
        import json, math, sys, warnings
        from sklearn import metrics as m
        warnings.simplefilter("ignore")
        def prf(s, average):
            found = m.precision_recall_fscore_support(
                s["labels"], s["predictions"], average=average, zero_division=0,
                labels=list(range(s["classes"])) if average is None else None)
            return [list(x) for x in found[:3]] if average is None else list(found[:3])
        def number(x): return None if math.isnan(x) else x
        print(json.dumps([{
            "accuracy": m.accuracy_score(s["labels"], s["predictions"]),
            "perClass": prf(s, None), "macro": prf(s, "macro"), "weighted": prf(s, "weighted"),
            "correlation": m.matthews_corrcoef(s["labels"], s["predictions"]),
            "area": number(m.roc_auc_score([int(x > 0) for x in s["labels"]], s["scores"])),
            "r2": number(m.r2_score(s["values"], s["scores"])),
        } for s in json.load(open(sys.argv[1]))]))
        """

    private func isClose(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) <= 1e-9 * max(1, abs(b))
    }

    @Test(
        "E6: of few samples, one class or equal scores metrics are scikit-learn's or undefined",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func equalsScikitLearn() throws {
        var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("degenerate")
        func pick(_ count: Int) -> Int { generator.integer(in: 0..<count) }
        let samples = (0..<(400 * Fuzzing.scale)).map { _ in
            let (classes, count) = (1 + pick(4), 1 + pick(6))
            // One class, one prediction, one score more often than chance has it.
            func list(_ limit: Int) -> [Int] {
                let first = pick(limit)
                let isOne = pick(3) == 0
                return (0..<count).map { _ in isOne ? first : pick(limit) }
            }
            return Sample(
                classes: classes, predictions: list(classes), labels: list(classes),
                scores: list(4).map { Double($0) / 3 }, values: list(3).map(Double.init))
        }
        let path = NSTemporaryDirectory() + "martlet-degenerate-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try JSONEncoder().encode(samples).write(to: URL(fileURLWithPath: path))
        let outcome = try Program.run(#require(Self.python), ["-c", Self.script, path])
        try #require(outcome.code == 0, "\(outcome.errors)")
        let figures = try JSONDecoder().decode([Figures].self, from: Data(outcome.output.utf8))
        try #require(figures.count == samples.count)
        for (number, (sample, figures)) in zip(samples, figures).enumerated() {
            var matrix = ConfusionMatrix(classCount: sample.classes)
            matrix.update(predictions: sample.predictions, labels: sample.labels)
            var accuracy = Accuracy()
            accuracy.update(predictions: sample.predictions, labels: sample.labels)
            var area = ROCAUC()
            area.update(scores: sample.scores, labels: sample.labels.map { $0 > 0 })
            var regression = RegressionMetrics()
            regression.update(predictions: sample.scores, targets: sample.values)
            var pairs: [(String, Double?, Double?)] = [
                ("accuracy", accuracy.compute(), figures.accuracy),
                ("accuracy", matrix.accuracy, figures.accuracy),
                ("correlation", matrix.matthewsCorrelation, figures.correlation),
                ("area", area.compute(), figures.area), ("r2", regression.r2, figures.r2),
            ]
            for (average, expected) in [
                (ConfusionMatrix.Average.macro, figures.macro), (.weighted, figures.weighted),
            ] {
                pairs += [
                    ("\(average) precision", matrix.precision(average), expected[0]),
                    ("\(average) recall", matrix.recall(average), expected[1]),
                    ("\(average) F1", matrix.f1(average), expected[2]),
                ]
            }
            for label in 0..<sample.classes {
                pairs += [
                    ("precision of \(label)", matrix.precision(label), figures.perClass[0][label]),
                    ("recall of \(label)", matrix.recall(label), figures.perClass[1][label]),
                    ("F1 of \(label)", matrix.f1(label), figures.perClass[2][label]),
                ]
            }
            for (name, value, expected) in pairs {
                #expect(
                    isClose(value, expected),
                    "seed \(Fuzzing.seed), sample \(number): \(name) is \(value as Any), not \(expected as Any): \(sample)"
                )
            }
        }
        // Of each kind there were some.
        #expect(figures.contains { $0.area == nil } && figures.contains { $0.r2 == nil })
        #expect(figures.contains { $0.area == 0.5 } && figures.contains { $0.macro[0] == 0 })
    }

    @Test("E6: without samples there is no value, and none that is NaN in a report")
    func nothing() throws {
        #expect(Accuracy().compute() == nil && TopKAccuracy(k: 2).compute() == nil)
        #expect(MeanLoss().compute() == nil && ROCAUC().compute() == nil)
        let regression = RegressionMetrics()
        #expect(
            [regression.mse, regression.rmse, regression.mae, regression.r2] == [
                nil, nil, nil, nil,
            ])
        let report = ClassificationMetrics(classes: ["a", "b"]).report
        #expect(report.loss == nil && report.n == 0)
        let text = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
        #expect(text.contains("\"n\":0") && !text.lowercased().contains("nan"), "\(text)")
    }

    @Test("E6: logits that are no numbers leave a loss that is none, which JSON does not show")
    func notNumbers() throws {
        var metrics = ClassificationMetrics(classes: ["a", "b"])
        metrics.update(
            logits: Tensor([[Float.nan, .nan], [.infinity, 0], [-.infinity, -.infinity]]),
            labels: Tensor([0, 1, 1]))
        #expect(metrics.count == 3 && metrics.loss.isNaN && metrics.report.loss == nil)
        let text = String(decoding: try JSONEncoder().encode(metrics.report), as: UTF8.self)
        #expect(!text.lowercased().contains("nan"), "\(text)")
        #expect("\(metrics)".contains("loss undefined"), "\(metrics)")
    }
}
