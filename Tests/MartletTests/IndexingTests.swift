import Martlet
import MartletTesting
import Testing

@Suite("Indexing and order")
struct IndexingTests {
    private static func along(
        _ function: @escaping @Sendable ([Tensor], Int) -> [Tensor]
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dim = try arguments.int("dim")
            return { function($0, dim) }
        }
    }

    private static let operations: FixtureOperations = [
        "indexSelect": along { [$0[0].indexSelect(dim: $1, $0[1])] },
        "gather": along { [$0[0].gather(dim: $1, $0[1])] },
        "scatterAdd": along { [$0[0].scatterAdd(dim: $1, $0[1], $0[2])] },
        "cumsum": along { [$0[0].cumsum(dim: $1)] },
        "maskedSelect": two { $0.maskedSelect($1) },
        "nonzero": one { $0.nonzero() },
        "oneHot": { arguments in
            let classes = try arguments.int("classes")
            return { [$0[0].oneHot(classes: classes)] }
        },
        "sort": { arguments in
            let (dim, descending) = (try arguments.int("dim"), try arguments.bool("descending"))
            return {
                let (values, indices) = $0[0].sort(dim: dim, descending: descending)
                return [values, indices]
            }
        },
        "topk": { arguments in
            let (k, dim) = (try arguments.int("k"), try arguments.int("dim"))
            let largest = try arguments.bool("largest")
            return {
                let (values, indices) = $0[0].topk(k, dim: dim, largest: largest)
                return [values, indices]
            }
        },
    ]

    @Test(arguments: try fixtures("indexing"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(IndexingTests.operations, secondDerivatives: true)
    }

    @Test func negativeIndicesCountFromTheEnd() {
        let x = Tensor([10, 20, 30])
        #expect(x.indexSelect(dim: 0, Tensor([-1, 0])).array(as: Int.self) == [30, 10])
    }

    @Test func repeatedIndicesAddUpTheSameOnAnyNumberOfThreads() {
        var generator = Generator(seed: 9)
        let source = Tensor.randn([5000, 8], generator: &generator)
        let places = Tensor.randint(0..<10, [5000], generator: &generator)
        let gradients = onThreads([1, 2]) {
            let table = Tensor.zeros([10, 8]).requiringGrad()
            (table.indexSelect(dim: 0, places) * source).sum().backward()
            return table.grad ?? table
        }
        expectClose(gradients[0], gradients[1], rtol: 0, atol: 0)
    }
}
