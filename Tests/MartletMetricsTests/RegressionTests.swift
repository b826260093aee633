import Foundation
import Martlet
import MartletMetrics
import Testing

/// Figures that scikit-learn gave: see `Fixtures/make_regression.py`.
private struct Figures: Decodable {
    struct Regression: Decodable {
        let name: String
        let targets, predictions: [Double]
        let mse, mae, r2: Double
    }
    struct Ranking: Decodable {
        let name: String
        let scores: [Double]
        let labels: [Int]
        let area: Double
        let `false`, `true`: [Double]
    }
    let regressions: [Regression]
    let rankings: [Ranking]

    static func read() throws -> Figures {
        let file = try #require(Bundle.module.resourceURL)
            .appendingPathComponent("Fixtures/regression.json")
        return try JSONDecoder().decode(Figures.self, from: Data(contentsOf: file))
    }
}

private func isClose(_ value: Double?, _ expected: Double) -> Bool {
    abs((value ?? .nan) - expected) <= 1e-12 * max(1, abs(expected))
}

@Suite struct RegressionTests {
    @Test(arguments: [[100], [1], [7, 3]])
    func equalsScikitLearn(_ sizes: [Int]) throws {
        for figures in try Figures.read().regressions {
            var whole = RegressionMetrics()
            var start = 0
            var turn = 0
            while start < figures.targets.count {
                let end = min(figures.targets.count, start + sizes[turn % sizes.count])
                var part = RegressionMetrics()
                part.update(
                    predictions: Tensor(Array(figures.predictions[start..<end])),
                    targets: Tensor(Array(figures.targets[start..<end])))
                whole.merge(part)
                (start, turn) = (end, turn + 1)
            }
            #expect(isClose(whole.mse, figures.mse), "\(figures.name): \(whole.mse ?? .nan)")
            #expect(isClose(whole.rmse, figures.mse.squareRoot()), "\(figures.name)")
            #expect(isClose(whole.mae, figures.mae), "\(figures.name): \(whole.mae ?? .nan)")
            // Far from zero the sums of squares have lost digits in either program.
            #expect(
                abs((whole.r2 ?? .nan) - figures.r2) < 1e-9,
                "\(figures.name): \(whole.r2 ?? .nan), not \(figures.r2)")
        }
    }

    @Test func nothingSeenHasNoValue() {
        var metrics = RegressionMetrics()
        #expect(metrics.mse == nil && metrics.mae == nil && metrics.r2 == nil)
        #expect(!metrics.values.contains { !$0.value.isNaN })
        metrics.update(predictions: [1], targets: [2])
        #expect(metrics.mse == 1 && metrics.r2 == nil)
        metrics.reset()
        #expect(metrics == RegressionMetrics())
    }

    @Test func areaEqualsScikitLearn() throws {
        for figures in try Figures.read().rankings {
            var metric = ROCAUC()
            let half = figures.scores.count / 2
            metric.update(
                scores: Tensor(Array(figures.scores[..<half])),
                labels: Tensor(Array(figures.labels[..<half])))
            var other = ROCAUC()
            other.update(
                scores: Array(figures.scores[half...]),
                labels: figures.labels[half...].map { $0 == 1 })
            metric.merge(other)
            #expect(isClose(metric.compute(), figures.area), "\(figures.name)")
            let curve = metric.curve
            #expect(curve.count == figures.false.count, "\(figures.name)")
            for (point, expected) in zip(curve, zip(figures.false, figures.true)) {
                #expect(
                    isClose(point.falsePositiveRate, expected.0)
                        && isClose(point.truePositiveRate, expected.1), "\(figures.name)")
            }
        }
    }

    @Test func areaNeedsBothClasses() {
        var metric = ROCAUC()
        #expect(metric.compute() == nil)
        metric.update(scores: [0.5, 0.7], labels: [true, true])
        #expect(metric.compute() == nil && metric.curve.isEmpty)
        metric.update(scores: [.nan], labels: [false])
        #expect(metric.compute() == nil)
    }
}
