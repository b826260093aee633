import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Loss functions")
struct LossFunctionTests {
    private typealias Make = @Sendable (FixtureArguments) throws -> @Sendable ([Tensor]) -> [Tensor]

    /// A loss of the inputs and the reduction.
    private static func loss(
        _ body: @escaping @Sendable ([Tensor], Reduction) -> Tensor
    ) -> Make {
        { arguments in
            let reduction = try reduction(arguments)
            return { [body($0, reduction)] }
        }
    }

    /// A loss that takes parameters besides.
    private static func loss<P: Sendable>(
        _ parameters: @escaping @Sendable (FixtureArguments) throws -> P,
        _ body: @escaping @Sendable ([Tensor], Reduction, P) -> Tensor
    ) -> Make {
        { arguments in
            let reduction = try reduction(arguments)
            let parameters = try parameters(arguments)
            return { [body($0, reduction, parameters)] }
        }
    }

    private static func reduction(_ arguments: FixtureArguments) throws -> Reduction {
        try #require(Reduction(rawValue: try arguments.string("reduction")))
    }

    @Sendable private static func weight(_ arguments: FixtureArguments) throws -> Tensor? {
        arguments.has("weight") ? Tensor(try arguments.doubles("weight")) : nil
    }

    @Sendable private static func ignored(_ arguments: FixtureArguments) throws -> Int {
        arguments.has("ignore") ? try arguments.int("ignore") : -100
    }

    private static let regression: FixtureOperations = [
        "mse": loss { mseLoss($0[0], $0[1], reduction: $1) },
        "msle": loss { msleLoss($0[0], $0[1], reduction: $1) },
        "l1": loss { l1Loss($0[0], $0[1], reduction: $1) },
        "smoothL1": loss({ try $0.double("beta") }) {
            smoothL1Loss($0[0], $0[1], beta: $2, reduction: $1)
        },
        "huber": loss({ try $0.double("delta") }) {
            huberLoss($0[0], $0[1], delta: $2, reduction: $1)
        },
        "binaryCrossEntropy": loss(weight) {
            binaryCrossEntropy($0[0], $0[1], weight: $2, reduction: $1)
        },
        "binaryCrossEntropyWithLogits": loss({
            (
                try weight($0),
                $0.has("posWeight") ? Tensor(try $0.doubles("posWeight")) : nil
            )
        }) {
            binaryCrossEntropyWithLogits(
                $0[0], $0[1], weight: $2.0, posWeight: $2.1,
                reduction: $1)
        },
    ]

    private static let classes: FixtureOperations = [
        "nll": loss({ (try weight($0), try ignored($0)) }) {
            nllLoss($0[0], $0[1], weight: $2.0, ignoreIndex: $2.1, reduction: $1)
        },
        "crossEntropy": loss({
            (
                try weight($0), $0.has("smoothing") ? try $0.double("smoothing") : 0,
                try ignored($0)
            )
        }) {
            crossEntropy(
                $0[0], $0[1], weight: $2.0, labelSmoothing: $2.1, ignoreIndex: $2.2, reduction: $1)
        },
        "sigmoidFocal": loss({
            ($0.has("alpha") ? try $0.double("alpha") : nil, try $0.double("gamma"))
        }) {
            sigmoidFocalLoss($0[0], $0[1], alpha: $2.0, gamma: $2.1, reduction: $1)
        },
        "focal": loss({ (try $0.double("gamma"), try weight($0), try ignored($0)) }) {
            focalLoss(
                $0[0], $0[1], gamma: $2.0, weight: $2.1, ignoreIndex: $2.2, reduction: $1)
        },
        "dice": loss({ (try $0.double("smooth"), try ignored($0)) }) {
            diceLoss($0[0], $0[1], smooth: $2.0, ignoreIndex: $2.1, reduction: $1)
        },
        "tversky": loss {
            tverskyLoss($0[0], $0[1], alpha: 0.3, beta: 0.7, fromLogits: false, reduction: $1)
        },
    ]

    private static let margins: FixtureOperations = [
        "hingeEmbedding": loss({ try $0.double("margin") }) {
            hingeEmbeddingLoss($0[0], $0[1], margin: $2, reduction: $1)
        },
        "hinge": loss { hingeLoss($0[0], $0[1], reduction: $1) },
        "squaredHinge": loss { squaredHingeLoss($0[0], $0[1], reduction: $1) },
        "marginRanking": loss({ try $0.double("margin") }) {
            marginRankingLoss($0[0], $0[1], $0[2], margin: $2, reduction: $1)
        },
        "softMargin": loss { softMarginLoss($0[0], $0[1], reduction: $1) },
        "multiMargin": loss({ (try $0.int("p"), try $0.double("margin"), try weight($0)) }) {
            multiMarginLoss($0[0], $0[1], p: $2.0, margin: $2.1, weight: $2.2, reduction: $1)
        },
        "multilabelMargin": loss { multilabelMarginLoss($0[0], $0[1], reduction: $1) },
        "multilabelSoftMargin": loss(weight) {
            multilabelSoftMarginLoss($0[0], $0[1], weight: $2, reduction: $1)
        },
        "tripletMargin": loss({ (try $0.double("p"), try $0.bool("swap")) }) {
            tripletMarginLoss(
                $0[0], $0[1], $0[2], margin: 1.5, p: $2.0, swap: $2.1, reduction: $1)
        },
        "tripletMarginDistance": loss({ try $0.bool("swap") }) {
            tripletMarginWithDistanceLoss(
                $0[0], $0[1], $0[2], margin: 1.5, swap: $2, reduction: $1
            ) { ($0 - $1).abs().sum(dims: [-1]) }
        },
        "cosineEmbedding": loss({ try $0.double("margin") }) {
            cosineEmbeddingLoss($0[0], $0[1], $0[2], margin: $2, reduction: $1)
        },
        "klDiv": loss({ try $0.bool("log") }) {
            klDiv($0[0], $0[1], logTarget: $2, reduction: $1)
        },
        "poissonNLL": loss({ (try $0.bool("log"), try $0.bool("full")) }) {
            poissonNLLLoss($0[0], $0[1], logInput: $2.0, full: $2.1, reduction: $1)
        },
        "gaussianNLL": loss({ try $0.bool("full") }) {
            gaussianNLLLoss($0[0], $0[1], variance: $0[2], full: $2, reduction: $1)
        },
    ]

    /// Their gradients are not those of their values, so that differences cannot check them.
    private static let unlikeDifferences: FixtureOperations = [
        "binaryCrossEntropyEnds": loss { binaryCrossEntropy($0[0], $0[1], reduction: $1) },
        "gaussianNLLFloor": loss {
            gaussianNLLLoss($0[0], $0[1], variance: $0[2], epsilon: 0.5, reduction: $1)
        },
    ]

    @Test(arguments: try fixtures("lossFunctions"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let all = [
            LossFunctionTests.regression, LossFunctionTests.classes, LossFunctionTests.margins,
            LossFunctionTests.unlikeDifferences,
        ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        try fixture.check(
            all, atol: 2e-6,
            gradcheck: LossFunctionTests.unlikeDifferences[fixture.operation] == nil,
            halfPrecision: fixture.operation == "binaryCrossEntropyEnds"
                ? .unchecked
                : ["crossEntropy", "focal"].contains(fixture.operation) ? .single : .half)
    }

    @Test func batchesThatAreAllIgnoredHaveNoLoss() {
        let target = Tensor([7, 7])
        let losses: [(Tensor) -> Tensor] = [
            { crossEntropy($0, target, labelSmoothing: 0.1, ignoreIndex: 7) },
            { nllLoss($0, target, ignoreIndex: 7) }, { focalLoss($0, target, ignoreIndex: 7) },
        ]
        for loss in losses {
            let x = Tensor([[1, 2], [3, -.infinity]] as [[Float]]).requiringGrad()
            let value = loss(x)
            #expect(value.item() == 0)
            value.backward()
            expectClose(x.grad ?? x, Tensor.zeros([2, 2]))
        }
    }

    @Test func crossEntropyOfImagesDoesNotCopyThem() {
        var generator = Generator(seed: 3)
        let x = Tensor.randn([2, 3, 4, 5], generator: &generator).channelsLast().requiringGrad()
        let target = Tensor.randint(0..<3, [2, 4, 5], generator: &generator)
        crossEntropy(x, target).backward()
        #expect(x.grad?.isChannelsLast == true)
    }

    /// Few and many classes, side by side and apart in memory, against the same loss in two steps.
    @Test(arguments: [[70, 21], [70, 200], [3, 21, 50], [3, 150, 5], [2, 5, 9, 11]])
    func crossEntropyIsTheLikelihoodOfTheSoftmax(_ shape: [Int]) {
        var generator = Generator(seed: 7)
        let x = Tensor.randn(shape, std: 3, dtype: .float64, generator: &generator)
        let weight = Tensor.rand([shape[1]], low: 0.5, high: 2, generator: &generator)
        let target = Tensor.randint(
            0..<shape[1], [shape[0]] + shape[2...], generator: &generator)
        func run(_ x: Tensor, _ loss: (Tensor) -> Tensor) -> (Tensor, Tensor) {
            let leaf = x.requiringGrad()
            let value = loss(leaf)
            value.backward()
            return (value.detach(), leaf.grad ?? leaf)
        }
        let expected = run(x) {
            nllLoss($0.logSoftmax(dim: 1), target, weight: weight, ignoreIndex: 2)
        }
        let layouts = shape.count == 4 ? [x, x.channelsLast()] : [x]
        let precisions: [(DType, Double)] = [
            (.float64, 1e-10), (.float32, 1e-5), (.bfloat16, 0.03),
        ]
        for x in layouts {
            for (dtype, tolerance) in precisions {
                let found = run(x.to(dtype)) {
                    crossEntropy($0, target, weight: weight, ignoreIndex: 2)
                }
                expectClose(found.0.to(.float64), expected.0, rtol: tolerance, atol: 1e-10)
                expectClose(
                    found.1.to(.float64), expected.1, rtol: tolerance, atol: tolerance / 100)
            }
        }
    }

    @Test func focalLossWithoutFocusIsCrossEntropy() {
        var generator = Generator(seed: 4)
        let x = Tensor.randn([6, 3], generator: &generator)
        let (target, weight) = (Tensor([0, 1, 2, 2, 9, 0]), Tensor([0.5, 1, 2] as [Float]))
        expectClose(
            focalLoss(x, target, gamma: 0, weight: weight, ignoreIndex: 9),
            crossEntropy(x, target, weight: weight, ignoreIndex: 9))
    }

    @Test func lossesDoNotDependOnThreads() {
        var generator = Generator(seed: 5)
        let x = Tensor.randn([4, 7, 60, 61], generator: &generator).channelsLast()
        let target = Tensor.randint(0..<7, [4, 60, 61], generator: &generator)
        let results = onThreads([1, 2, 5]) {
            let leaf = x.requiringGrad()
            let loss = crossEntropy(leaf, target) + diceLoss(leaf, target)
            loss.backward()
            return (loss.detach(), leaf.grad ?? leaf)
        }
        for (loss, gradient) in results.dropFirst() {
            expectClose(loss, results[0].0, rtol: 0, atol: 0)
            expectClose(gradient, results[0].1, rtol: 0, atol: 0)
        }
    }
}
