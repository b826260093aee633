import Martlet
import MartletTesting
import Testing

@Suite("Order")
struct OrderTests {
    private typealias Pair = (values: Tensor, indices: Tensor)

    private static func chosen(
        _ function: @escaping @Sendable (Tensor, Int, Bool) -> Pair
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let (dim, keepDim) = (try arguments.int("dim"), try arguments.bool("keepDim"))
            return {
                let (values, indices) = function($0[0], dim, keepDim)
                return [values, indices]
            }
        }
    }

    private static func right(
        _ function: @escaping @Sendable ([Tensor], Bool) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let right = try arguments.bool("right")
            return { [function($0, right)] }
        }
    }

    static let operations: FixtureOperations = [
        "maxDim": chosen { $0.max(dim: $1, keepDim: $2) },
        "minDim": chosen { $0.min(dim: $1, keepDim: $2) },
        "medianDim": chosen { $0.median(dim: $1, keepDim: $2) },
        "mode": chosen { $0.mode(dim: $1, keepDim: $2) },
        "kthvalue": { arguments in
            let (k, dim) = (try arguments.int("k"), try arguments.int("dim"))
            let keepDim = try arguments.bool("keepDim")
            return {
                let (values, indices) = $0[0].kthvalue(k, dim: dim, keepDim: keepDim)
                return [values, indices]
            }
        },
        "median": one { $0.median() },
        "aminmax": { arguments in
            let (dims, keepDim) = (try arguments.dims(), try arguments.bool("keepDim"))
            return {
                let (min, max) = $0[0].aminmax(dims: dims, keepDim: keepDim)
                return [min, max]
            }
        },
        "argsort": { arguments in
            let (dim, descending) = (try arguments.int("dim"), try arguments.bool("descending"))
            return { [$0[0].argsort(dim: dim, descending: descending)] }
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
        "quantile": { arguments in
            let (q, dim) = (try arguments.doubles("q"), try arguments.dim())
            let (keepDim, name) = (
                try arguments.bool("keepDim"), try arguments.string("interpolation")
            )
            let way = try #require(Tensor.QuantileInterpolation(rawValue: name))
            return { [$0[0].quantile(q, dim: dim, keepDim: keepDim, interpolation: way)] }
        },
        "quantileOne": { arguments in
            let (q, dim) = (try arguments.double("q"), try arguments.dim())
            let keepDim = try arguments.bool("keepDim")
            return { [$0[0].quantile(q, dim: dim, keepDim: keepDim)] }
        },
        "unique": many {
            let (values, inverse, counts) = $0[0].unique()
            return [values, inverse, counts]
        },
        "uniqueConsecutive": many {
            let (values, inverse, counts) = $0[0].uniqueConsecutive()
            return [values, inverse, counts]
        },
        "uniqueDim": { arguments in
            let dim = try arguments.int("dim")
            return {
                let (values, inverse, counts) = $0[0].unique(dim: dim)
                return [values, inverse, counts]
            }
        },
        "searchSorted": right { Tensor.searchSorted($0[0], $0[1], right: $1) },
        "bucketize": right { $0[0].bucketize($0[1], right: $1) },
        "bincount": { arguments in
            let least = try arguments.int("minLength")
            return { [$0[0].bincount(weights: $0.count > 1 ? $0[1] : nil, minLength: least)] }
        },
        "histc": { arguments in
            let bins = try arguments.int("bins")
            let low = arguments.has("low") ? try arguments.double("low") : 0
            let high = arguments.has("high") ? try arguments.double("high") : 0
            return { [$0[0].histc(bins: bins, min: low, max: high)] }
        },
    ]

    /// PyTorch has no quantiles of half types either, and sums of weights are float64 there.
    static func inHalf(_ operation: String) -> HalfResults {
        ["quantile", "quantileOne", "bincount"].contains(operation) ? .unchecked : .half
    }

    @Test(arguments: try fixtures("order"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // Tenths fall into other bins in float64, and weights that are not float32 add up in float64.
        try fixture.check(
            OrderTests.operations, secondDerivatives: true,
            doublePrecision: fixture.name != "tenths",
            halfPrecision: OrderTests.inHalf(fixture.operation))
    }

    @Test func searchesDoNotDependOnThreads() {
        var generator = Generator(seed: 4)
        let limits = Tensor.rand([4, 100], generator: &generator).sort().values
        let values = Tensor.rand([4, 5000], generator: &generator)
        let found = onThreads([1, 2, 3]) { Tensor.searchSorted(limits, values) }
        for other in found.dropFirst() { expectClose(other, found[0], rtol: 0, atol: 0) }
        let counts = limits.unsqueeze(-1).lt(values.unsqueeze(1)).sum(dims: [1])
        expectClose(found[0], counts)
    }
}
