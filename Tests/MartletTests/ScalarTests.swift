import Martlet
import MartletTesting
import Testing

/// Tensors without dimensions take part, as in PyTorch, as if they had one: dimension 0 or -1.
@Suite("Tensors without dimensions")
struct ScalarTests {
    /// A function of a tensor, a dimension and whether it is kept.
    private static func kept(
        _ function: @escaping @Sendable (Tensor, Int, Bool) -> [Tensor]
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let (dim, keepDim) = (try arguments.int("dim"), try arguments.bool("keepDim"))
            return { function($0[0], dim, keepDim) }
        }
    }

    /// A function of a tensor and a dimension.
    private static func along(
        _ function: @escaping @Sendable (Tensor, Int) -> [Tensor]
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dim = try arguments.int("dim")
            return { function($0[0], dim) }
        }
    }

    private static func list(_ pair: (Tensor, Tensor)) -> [Tensor] { [pair.0, pair.1] }

    private static let reductions: FixtureOperations = [
        "sum": kept { [$0.sum(dims: [$1], keepDim: $2)] },
        "mean": kept { [$0.mean(dims: [$1], keepDim: $2)] },
        "prod": kept { [$0.prod(dims: [$1], keepDim: $2)] },
        "max": kept { [$0.max(dims: [$1], keepDim: $2)] },
        "min": kept { [$0.min(dims: [$1], keepDim: $2)] },
        "logSumExp": kept { [$0.logSumExp(dims: [$1], keepDim: $2)] },
        "variance": kept { [$0.variance(dims: [$1], correction: 0, keepDim: $2)] },
        "argmax": kept { [$0.argmax(dim: $1, keepDim: $2)] },
        "argmin": kept { [$0.argmin(dim: $1, keepDim: $2)] },
        "any": kept { [$0.any(dims: [$1], keepDim: $2)] },
        "all": kept { [$0.all(dims: [$1], keepDim: $2)] },
        "norm": kept { [$0.norm(p: 3, dims: [$1], keepDim: $2)] },
        "nanSum": kept { [$0.nanSum(dims: [$1], keepDim: $2)] },
        "nanMean": kept { [$0.nanMean(dims: [$1], keepDim: $2)] },
        "varMean": kept { list($0.varMean(dims: [$1], correction: 0, keepDim: $2)) },
        "aminmax": kept { list($0.aminmax(dims: [$1], keepDim: $2)) },
        "maxDim": kept { list($0.max(dim: $1, keepDim: $2)) },
        "minDim": kept { list($0.min(dim: $1, keepDim: $2)) },
        "medianDim": kept { list($0.median(dim: $1, keepDim: $2)) },
        "mode": kept { list($0.mode(dim: $1, keepDim: $2)) },
        "kthvalue": kept { list($0.kthvalue(1, dim: $1, keepDim: $2)) },
        "quantileOne": kept { [$0.quantile(0.3, dim: $1, keepDim: $2)] },
        "quantile": kept { [$0.quantile([0.5, 0.2], dim: $1, keepDim: $2)] },
    ]

    private static let others: FixtureOperations = [
        "softmax": along { [$0.softmax(dim: $1)] },
        "logSoftmax": along { [$0.logSoftmax(dim: $1)] },
        "softmin": along { [$0.softmin(dim: $1)] },
        "sort": along { list($0.sort(dim: $1)) },
        "argsort": along { [$0.argsort(dim: $1)] },
        "topk": along { list($0.topk(1, dim: $1)) },
        "cumsum": along { [$0.cumsum(dim: $1)] },
        "cumprod": along { [$0.cumprod(dim: $1)] },
        "cummax": along { list($0.cummax(dim: $1)) },
        "cummin": along { list($0.cummin(dim: $1)) },
        "logCumSumExp": along { [$0.logCumSumExp(dim: $1)] },
        "normalized": along { [$0.normalized(dim: $1)] },
        "cosineSimilarity": along { [$0.cosineSimilarity($0 * 2, dim: $1)] },
        "vecdot": along { [$0.vecdot($0, dim: $1)] },
        "countNonzero": along { [$0.countNonzero(dims: [$1])] },
        "squeeze": along { [$0.squeeze($1)] },
        "unsqueeze": along { [$0.unsqueeze($1)] },
        "flatten": along { [$0.flatten(from: $1, to: $1)] },
        "flip": along { [$0.flip([$1])] },
        "movedim": along { [$0.movedim($1, to: $1)] },
        "transpose": along { [$0.transpose($1, $1)] },
        "unfold": along { [$0.unfold(dim: $1, size: 1, step: 1)] },
        "stack": along { [Tensor.stack([$0, $0 * 2], dim: $1)] },
        "indexSelect": along { [$0.indexSelect(dim: $1, Tensor([0]))] },
        "gather": along { [$0.gather(dim: $1, Tensor(0))] },
        "scatter": along { [$0.scatter(dim: $1, Tensor(0), $0 * 2)] },
        "scatterValue": along { [$0.scatter(dim: $1, Tensor(0), 3)] },
        "scatterAdd": along { [$0.scatterAdd(dim: $1, Tensor(0), $0 * 2)] },
        "scatterReduce": along { [$0.scatterReduce(dim: $1, Tensor(0), $0 * 2, .prod)] },
        "indexAdd": along { [$0.indexAdd(dim: $1, Tensor([0]), $0 * 2)] },
        "indexCopy": along { [$0.indexCopy(dim: $1, Tensor(0), $0 * 2)] },
        "indexFill": along { [$0.indexFill(dim: $1, Tensor([0]), 2)] },
    ]

    @Test(arguments: try fixtures("scalars"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // A number divided by its own size: what remains of the gradient is rounding.
        let hasNoSlope = ["normalized", "cosineSimilarity"].contains(fixture.operation)
        try fixture.check(
            ScalarTests.reductions.merging(ScalarTests.others) { first, _ in first },
            halfPrecision: hasNoSlope ? .unchecked : OrderTests.inHalf(fixture.operation))
    }
}
