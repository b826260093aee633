import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("CTC")
struct CTCTests {
    private static let operations: FixtureOperations = [
        "ctcLoss": { arguments in
            let width = try arguments.int("width")
            let labels = try arguments.ints("labels")
            let flat = Tensor(try arguments.ints("targets"))
            let targets = width > 0 ? flat.reshape([labels.count, width]) : flat
            let frames = Tensor(try arguments.ints("frames"))
            let blank = try arguments.int("blank")
            let name = try arguments.string("reduction")
            let reduction = try #require(Reduction(rawValue: name))
            let zero = try arguments.bool("zeroInfinity")
            return {
                [
                    ctcLoss(
                        $0[0].logSoftmax(dim: 2), targets, inputLengths: frames,
                        targetLengths: Tensor(labels), blank: blank, reduction: reduction,
                        zeroInfinity: zero)
                ]
            }
        }
    ]

    @Test(arguments: try fixtures("ctc"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(CTCTests.operations, rtol: 2e-5, atol: 2e-6, halfPrecision: .unchecked)
    }

    @Test func theGradientIsTheSameOnAnyNumberOfThreads() {
        var generator = Generator(seed: 1)
        let scores = Tensor.randn([40, 9, 30], generator: &generator)
        let targets = Tensor.randint(1..<30, [9, 12], generator: &generator)
        let results = onThreads([1, 2, 5]) {
            let x = scores.requiringGrad()
            let loss = ctcLoss(
                x.logSoftmax(dim: 2), targets,
                inputLengths: Tensor([40, 39, 30, 20, 25, 40, 40, 33, 40]),
                targetLengths: Tensor([12, 3, 0, 9, 12, 12, 1, 12, 12]))
            loss.backward()
            return [loss.detach(), x.grad ?? x]
        }
        for result in results[1...] {
            for (a, b) in zip(result, results[0]) { expectClose(a, b, rtol: 0, atol: 0) }
        }
    }

    @Test func labelsOutsideTheClassesAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = ctcLoss(
                Tensor.zeros([4, 1, 3]), Tensor([[1, 3]]), inputLengths: Tensor([4]),
                targetLengths: Tensor([2]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("ctcLoss: label 3 of row 0 is outside the 3 classes"))
    }
}
