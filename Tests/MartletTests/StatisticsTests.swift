import Martlet
import MartletTesting
import Testing

@Suite("Statistics")
struct StatisticsTests {
    private static func over(
        _ function: @escaping @Sendable (Tensor, [Int]?, Bool) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let (dims, keepDim) = (try arguments.dims(), try arguments.bool("keepDim"))
            return { [function($0[0], dims, keepDim)] }
        }
    }

    private static func along(
        _ function: @escaping @Sendable (Tensor, Int) -> [Tensor]
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dim = try arguments.int("dim")
            return { function($0[0], dim) }
        }
    }

    private static func power(
        _ function: @escaping @Sendable ([Tensor], Double) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let p = try arguments.double("p")
            return { [function($0, p)] }
        }
    }

    static let operations: FixtureOperations = [
        "sum": over { $0.sum(dims: $1, keepDim: $2) },
        "mean": over { $0.mean(dims: $1, keepDim: $2) },
        "max": over { $0.max(dims: $1, keepDim: $2) },
        "nanSum": over { $0.nanSum(dims: $1, keepDim: $2) },
        "nanMean": over { $0.nanMean(dims: $1, keepDim: $2) },
        "varMean": { arguments in
            let (dims, keepDim) = (try arguments.dims(), try arguments.bool("keepDim"))
            let correction = arguments.has("correction") ? try arguments.double("correction") : 1
            return {
                let (variance, mean) = $0[0].varMean(
                    dims: dims, correction: correction, keepDim: keepDim)
                return [variance, mean]
            }
        },
        "countNonzero": { arguments in
            let dims = try arguments.dims()
            return { [$0[0].countNonzero(dims: dims)] }
        },
        "cov": { arguments in
            let correction = try arguments.double("correction")
            return { [$0[0].cov(correction: correction)] }
        },
        "corrcoef": one { $0.corrcoef() },
        "diff": { arguments in
            let (times, dim) = (try arguments.int("times"), try arguments.int("dim"))
            return { [$0[0].diff(times, dim: dim)] }
        },
        "trapezoid": { arguments in
            let (step, dim) = (try arguments.double("step"), try arguments.int("dim"))
            return { [$0[0].trapezoid(step: step, dim: dim)] }
        },
        "cummax": along { x, dim in
            let (values, indices) = x.cummax(dim: dim)
            return [values, indices]
        },
        "cummin": along { x, dim in
            let (values, indices) = x.cummin(dim: dim)
            return [values, indices]
        },
        "logCumSumExp": along { [$0.logCumSumExp(dim: $1)] },
        "cumsum": along { [$0.cumsum(dim: $1)] },
        "cumprod": along { [$0.cumprod(dim: $1)] },
        "norm": { arguments in
            let (p, dims) = (try arguments.double("p"), try arguments.dims())
            let keepDim = try arguments.bool("keepDim")
            return { [$0[0].norm(p: p, dims: dims, keepDim: keepDim)] }
        },
        "normalized": { arguments in
            let (p, dim) = (try arguments.double("p"), try arguments.int("dim"))
            return { [$0[0].normalized(p: p, dim: dim)] }
        },
        "dist": power { $0[0].dist($0[1], p: $1) },
        "cdist": power { $0[0].cdist($0[1], p: $1) },
        "pdist": power { $0[0].pdist(p: $1) },
        "cosineSimilarity": { arguments in
            let (dim, eps) = (try arguments.int("dim"), try arguments.double("eps"))
            return { [$0[0].cosineSimilarity($0[1], dim: dim, epsilon: eps)] }
        },
    ]

    @Test(arguments: try fixtures("statistics"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // A norm's slope at 0 is PyTorch's choice, which differences do not know.
        let atZero = fixture.name.hasSuffix("of zeros")
        try fixture.check(
            StatisticsTests.operations, gradcheck: !atZero, secondDerivatives: !atZero,
            halfPrecision: fixture.name == "zeros" ? .unchecked : .half)
    }
}
