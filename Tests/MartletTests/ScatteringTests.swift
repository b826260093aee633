import Martlet
import MartletTesting
import Testing

@Suite("Scattering")
struct ScatteringTests {
    private static func along(
        _ function: @escaping @Sendable ([Tensor], Int) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dim = try arguments.int("dim")
            return { [function($0, dim)] }
        }
    }

    private static let operations: FixtureOperations = [
        "scatter": along { $0[0].scatter(dim: $1, $0[1], $0[2]) },
        "scatterValue": { arguments in
            let (dim, value) = (try arguments.int("dim"), try arguments.double("value"))
            return { [$0[0].scatter(dim: dim, $0[1], value)] }
        },
        "scatterAdd": along { $0[0].scatterAdd(dim: $1, $0[1], $0[2]) },
        "scatterReduce": { arguments in
            let (dim, include) = (try arguments.int("dim"), try arguments.bool("includeSelf"))
            let name = try arguments.string("reduction")
            let reduction = try #require(Tensor.ScatterReduction(rawValue: name))
            return {
                [$0[0].scatterReduce(dim: dim, $0[1], $0[2], reduction, includeSelf: include)]
            }
        },
        "indexAdd": { arguments in
            let (dim, alpha) = (try arguments.int("dim"), try arguments.double("alpha"))
            return { [$0[0].indexAdd(dim: dim, $0[1], $0[2], alpha: alpha)] }
        },
        "indexCopy": along { $0[0].indexCopy(dim: $1, $0[1], $0[2]) },
        "indexFill": { arguments in
            let (dim, value) = (try arguments.int("dim"), try arguments.double("value"))
            return { [$0[0].indexFill(dim: dim, $0[1], value)] }
        },
        "indexSelect": along { $0[0].indexSelect(dim: $1, $0[1]) },
        "gather": along { $0[0].gather(dim: $1, $0[1]) },
        "takeAlongDim": { arguments in
            let dim = try arguments.dim()
            return { [$0[0].takeAlongDim($0[1], dim: dim)] }
        },
        "take": two { $0.take($1) },
        "put": { arguments in
            let accumulate = try arguments.bool("accumulate")
            return { [$0[0].put($0[1], $0[2], accumulate: accumulate)] }
        },
        "oneHot": { arguments in
            let classes = try arguments.int("classes")
            return { [$0[0].oneHot(classes: classes)] }
        },
        "maskedSelect": two { $0.maskedSelect($1) },
        "maskedScatter": many { [$0[0].maskedScatter($0[1], $0[2])] },
        "nonzero": one { $0.nonzero() },
    ]

    @Test(arguments: try fixtures("scattering"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ScatteringTests.operations, secondDerivatives: true)
    }

    @Test func copiesAreNotLeaves() {
        let leaf = Tensor([1, 2, 3] as [Float]).requiringGrad()
        #expect(!noGrad { leaf.indexFill(dim: 0, Tensor([0]), 9) }.requiresGrad)
        #expect(!leaf.indexFill(dim: 0, Tensor([0]), 9).isLeaf)
        #expect(leaf.array(as: Int.self) == [1, 2, 3])
    }

    @Test func theLastOfSeveralValuesForOnePlaceStays() {
        let x = Tensor.zeros([2]).scatter(
            dim: 0, Tensor([0, 1, 0]), Tensor([1, 2, 3] as [Float]))
        #expect(x.array(as: Int.self) == [3, 2])
    }
}
