import Martlet
import MartletMetrics
import Testing

@Suite struct AccumulatorTests {
    @Test func nothingSeenHasNoValue() {
        #expect(Accuracy().compute() == nil)
        #expect(TopKAccuracy(k: 3).compute() == nil)
        #expect(MeanLoss().compute() == nil)
        let metrics = ClassificationMetrics(classes: ["a", "b"])
        #expect(metrics.accuracy == 0 && metrics.macroF1 == 0 && metrics.loss.isNaN)
        #expect(metrics.report.loss == nil)
    }

    @Test func lossIsWeightedByCount() {
        var loss = MeanLoss()
        loss.update(mean: 1, count: 3)
        loss.update(mean: 5, count: 1)
        loss.update(mean: .nan, count: 0)
        #expect(loss.compute() == 2)
        var other = MeanLoss()
        other.update(mean: 4, weight: 4)
        loss.merge(other)
        #expect(loss.compute() == 3)
        #expect(!loss.info.higherIsBetter)
    }

    @Test func accuracyIsNotAMeanOfMeans() {
        var accuracy = Accuracy()
        accuracy.update(predictions: [1, 1, 1], labels: [1, 1, 1])
        accuracy.update(predictions: [0], labels: [1])
        #expect(accuracy.compute() == 0.75)
        accuracy.reset()
        #expect(accuracy == Accuracy())
    }

    @Test func equalScoresGoByIndex() {
        let scores = Tensor([[1.0, 1.0, 1.0]])
        for (label, expected) in [(0, [1.0, 1, 1]), (1, [0, 1, 1]), (2, [0, 0, 1])] {
            for k in 1...3 {
                var top = TopKAccuracy(k: k)
                top.update(logits: scores, labels: Tensor([label]))
                #expect(top.compute() == expected[k - 1], "label \(label), top \(k)")
            }
        }
    }

    @Test func nanIsTheHighestScore() {
        var matrix = ConfusionMatrix(classCount: 3)
        matrix.update(
            logits: Tensor([[0.0, .nan, 9.0], [.nan, 1.0, 0.0]]), labels: Tensor([2, 0]))
        #expect(matrix[2, 1] == 1 && matrix[0, 0] == 1)
        var top = TopKAccuracy(k: 1)
        top.update(logits: Tensor([[0.0, .nan, 9.0]]), labels: Tensor([2]))
        #expect(top.compute() == 0)
    }

    @Test func topOneIsAccuracy() {
        var generator = Generator(seed: 4)
        let logits = Tensor.randn([50, 6], generator: &generator)
        let labels = Tensor.randint(0..<6, [50], generator: &generator)
        var accuracy = Accuracy()
        var top = TopKAccuracy(k: 1)
        accuracy.update(logits: logits, labels: labels)
        top.update(logits: logits, labels: labels)
        #expect(accuracy.compute() == top.compute())
    }

    @Test func directionDecidesWhatIsBetter() {
        let loss = MetricInfo(name: "loss", higherIsBetter: false)
        let accuracy = MetricInfo(name: "accuracy", higherIsBetter: true)
        #expect(loss.isBetter(1, than: 2) && !loss.isBetter(2, than: 1))
        #expect(accuracy.isBetter(2, than: 1) && !accuracy.isBetter(1, than: 1))
        #expect(loss.isBetter(5, than: .nan) && !loss.isBetter(.nan, than: 5))
        #expect(!loss.isBetter(.nan, than: .nan))
    }
}
