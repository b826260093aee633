import Foundation
import Martlet
import MartletMetrics
import Testing

/// Figures that scikit-learn gave: see `Fixtures/make_fixtures.py`.
struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let scores: [[Double]]
    let labels: [Int]
    let confusion: [[Int]]
    let accuracy: Double
    let precision, recall, f1: [Double]
    let support: [Int]
    let macro, micro, weighted: [Double]
    let top: [String: Double]
    let loss: Double

    var testDescription: String { name }
    var classCount: Int { confusion.count }

    static let all: [Reference] = {
        guard
            let file = Bundle.module.resourceURL?
                .appendingPathComponent("Fixtures/classification.json"),
            let data = try? Data(contentsOf: file),
            let cases = try? JSONDecoder().decode([Reference].self, from: data)
        else { return [] }
        return cases
    }()

    /// The samples in batches of these sizes, over and over.
    func batches(_ sizes: [Int]) -> [(logits: Tensor, labels: Tensor)] {
        var result: [(logits: Tensor, labels: Tensor)] = []
        var start = 0
        while start < labels.count {
            let end = min(labels.count, start + sizes[result.count % sizes.count])
            result.append((Tensor(Array(scores[start..<end])), Tensor(Array(labels[start..<end]))))
            start = end
        }
        return result
    }
}

private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-12 }
}

@Suite struct ClassificationTests {
    @Test func fixturesAreThere() { #expect(Reference.all.count == 8) }

    @Test(arguments: Reference.all) func matrixAgreesWithScikitLearn(_ reference: Reference) {
        var matrix = ConfusionMatrix(classCount: reference.classCount)
        for batch in reference.batches([7, 1, 12]) {
            matrix.update(logits: batch.logits, labels: batch.labels)
        }
        let classes = 0..<reference.classCount
        #expect(matrix.rows == reference.confusion)
        #expect(close([matrix.accuracy], [reference.accuracy]))
        #expect(close(classes.map { matrix.precision($0) }, reference.precision))
        #expect(close(classes.map { matrix.recall($0) }, reference.recall))
        #expect(close(classes.map { matrix.f1($0) }, reference.f1))
        #expect(classes.map { matrix.support($0) } == reference.support)
        let averages: [(ConfusionMatrix.Average, [Double])] = [
            (.macro, reference.macro), (.micro, reference.micro), (.weighted, reference.weighted),
        ]
        for (average, expected) in averages {
            #expect(
                close(
                    [matrix.precision(average), matrix.recall(average), matrix.f1(average)],
                    expected))
        }
    }

    @Test(arguments: Reference.all) func topKAgreesWithScikitLearn(_ reference: Reference) {
        for (k, expected) in reference.top {
            var metric = TopKAccuracy(k: Int(k) ?? 0)
            for batch in reference.batches([5]) {
                metric.update(logits: batch.logits, labels: batch.labels)
            }
            #expect(close([metric.compute() ?? -1], [expected]), "top \(k)")
            #expect(metric.info.name == "top\(k)")
        }
    }

    @Test(arguments: Reference.all, [[1], [4, 9], [1000]])
    func collectionDoesNotDependOnBatches(_ reference: Reference, sizes: [Int]) {
        var metrics = ClassificationMetrics(
            classes: (0..<reference.classCount).map { "c\($0)" })
        for batch in reference.batches(sizes) {
            metrics.update(logits: batch.logits, labels: batch.labels)
        }
        #expect(metrics.count == reference.labels.count)
        #expect(metrics.confusion == reference.confusion)
        #expect(close([metrics.accuracy], [reference.accuracy]))
        #expect(
            close(
                [metrics.macroPrecision, metrics.macroRecall, metrics.macroF1], reference.macro))
        #expect(close([metrics.top5], [reference.classCount > 5 ? reference.top["5"] ?? -1 : 1]))
        #expect(abs(metrics.loss - reference.loss) < 1e-9)
    }

    @Test func mergingEqualsOnePass() throws {
        let reference = try #require(Reference.all.first)
        let names = (0..<reference.classCount).map { "c\($0)" }
        var whole = ClassificationMetrics(classes: names)
        var parts = [ClassificationMetrics(classes: names), ClassificationMetrics(classes: names)]
        for (index, batch) in reference.batches([8, 3]).enumerated() {
            whole.update(logits: batch.logits, labels: batch.labels, meanLoss: 0.5)
            parts[index % 2].update(logits: batch.logits, labels: batch.labels, meanLoss: 0.5)
        }
        parts[0].merge(parts[1])
        #expect(parts[0] == whole)
        whole.reset()
        #expect(whole == ClassificationMetrics(classes: names))
    }

    @Test func survivesJSON() throws {
        let reference = try #require(Reference.all.first)
        var metrics = ClassificationMetrics(classes: (0..<7).map { "c\($0)" })
        for batch in reference.batches([16]) {
            metrics.update(logits: batch.logits, labels: batch.labels)
        }
        let data = try JSONEncoder().encode(metrics)
        #expect(try JSONDecoder().decode(ClassificationMetrics.self, from: data) == metrics)
        let report = try JSONEncoder().encode(metrics.report)
        let keys = try #require(
            try JSONSerialization.jsonObject(with: report) as? [String: Any]
        ).keys.sorted()
        #expect(
            keys == [
                "accuracy", "classes", "confusion", "loss", "macroF1", "macroPrecision",
                "macroRecall", "n", "top5", "weightedF1",
            ])
    }

    @Test func damagedTableIsAnError() {
        for text in [
            #"{"classCount": 2, "counts": [1, 2, 3]}"#, #"{"classCount": -1, "counts": [1]}"#,
            #"{"classCount": 0, "counts": []}"#, #"{"classCount": 1, "counts": [-4]}"#,
            #"{"classCount": 4611686018427387904, "counts": []}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(ConfusionMatrix.self, from: Data(text.utf8))
            }
        }
    }

    @Test func tableNamesEveryClass() {
        var metrics = ClassificationMetrics(classes: ["cat", "dog"])
        metrics.update(logits: Tensor([[2.0, 0.0], [1.0, 0.0]]), labels: Tensor([0, 1]))
        let lines = "\(metrics)".split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[1].hasPrefix("cat") && lines[1].contains("0.5000"))
        #expect(lines[4].hasPrefix("accuracy 0.5000, top-5 1.0000"))
    }
}
