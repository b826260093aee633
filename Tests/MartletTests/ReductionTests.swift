import Martlet
import MartletTesting
import Testing

@Suite("Reductions")
struct ReductionTests {
    private static func over(
        _ function: @escaping @Sendable (Tensor, [Int], Bool) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let (dims, keepDim) = (try arguments.ints("dims"), try arguments.bool("keepDim"))
            return { [function($0[0], dims, keepDim)] }
        }
    }

    private static func place(
        _ function: @escaping @Sendable (Tensor, Int?, Bool) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dim = arguments.has("dim") ? try arguments.int("dim") : nil
            let keepDim = try arguments.bool("keepDim")
            return { [function($0[0], dim, keepDim)] }
        }
    }

    private static let operations: FixtureOperations = [
        "sum": over { $0.sum(dims: $1, keepDim: $2) },
        "mean": over { $0.mean(dims: $1, keepDim: $2) },
        "max": over { $0.max(dims: $1, keepDim: $2) },
        "min": over { $0.min(dims: $1, keepDim: $2) },
        "prod": over { $0.prod(dims: $1, keepDim: $2) },
        "logSumExp": over { $0.logSumExp(dims: $1, keepDim: $2) },
        "std": over { $0.std(dims: $1, keepDim: $2) },
        "any": over { $0.any(dims: $1, keepDim: $2) },
        "all": over { $0.all(dims: $1, keepDim: $2) },
        "variance": { arguments in
            let (dims, keepDim) = (try arguments.ints("dims"), try arguments.bool("keepDim"))
            let correction =
                arguments.has("correction") ? try arguments.double("correction") : 1
            return { [$0[0].variance(dims: dims, correction: correction, keepDim: keepDim)] }
        },
        "argmax": place { $0.argmax(dim: $1, keepDim: $2) },
        "argmin": place { $0.argmin(dim: $1, keepDim: $2) },
    ]

    @Test(arguments: try fixtures("reductions"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ReductionTests.operations, secondDerivatives: true)
    }

    @Test func withoutDimensionsEverythingIsReduced() {
        let x = Tensor([[1, 2], [3, 4]] as [[Float]])
        #expect(x.sum().item() == 10 && x.mean().item() == 2.5)
        #expect(x.max().item() == 4 && x.min().item() == 1 && x.prod().item() == 24)
        #expect(Tensor(3.0).sum().shape == [])
    }

    @Test func sumsDoNotDependOnThreads() {
        var generator = Generator(seed: 3)
        let x = Tensor.randn([257, 1031], generator: &generator)
        let results = onThreads([1, 2, 3]) {
            [x.sum(), x.sum(dims: [0]), x.sum(dims: [1]), x.square().mean()]
        }
        for other in results.dropFirst() {
            for (a, b) in zip(results[0], other) { expectClose(a, b, rtol: 0, atol: 0) }
        }
    }

    @Test func longSumsStayAccurate() {
        let x = Tensor.full([1 << 22], 0.1)
        #expect(abs(x.sum().item(as: Double.self) / (0.1 * Double(1 << 22)) - 1) < 1e-5)
    }
}
