import Martlet
import MartletTesting
import Testing

@Suite("Types of results")
struct PromotionTests {
    private typealias Pair = @Sendable (Tensor, Tensor) -> Tensor
    private typealias One = @Sendable (Tensor) -> Tensor

    private static let pairs: [String: Pair] = [
        "add": { $0 + $1 }, "sub": { $0 - $1 }, "mul": { $0 * $1 }, "div": { $0 / $1 },
        "floorDivide": { $0.floorDivide($1) }, "truncDivide": { $0.truncDivide($1) },
        "remainder": { $0.remainder($1) }, "fmod": { $0.fmod($1) }, "pow": { $0.pow($1) },
        "maximum": { $0.maximum($1) }, "minimum": { $0.minimum($1) }, "atan2": { $0.atan2($1) },
        "hypot": { $0.hypot($1) }, "copysign": { $0.copysign($1) },
        "logAddExp": { $0.logAddExp($1) }, "xlogy": { $0.xlogy($1) }, "and": { $0 & $1 },
        "or": { $0 | $1 }, "xor": { $0 ^ $1 }, "gcd": { $0.gcd($1) }, "eq": { $0.eq($1) },
        "lt": { $0.lt($1) }, "ge": { $0.ge($1) }, "logicalAnd": { $0.logicalAnd($1) },
        "logicalXor": { $0.logicalXor($1) },
        "where": { Tensor.where(Tensor([true, false, true]), $0, $1) },
        "isClose": { $0.isClose($1) }, "cat": { Tensor.cat([$0, $1]) },
    ]

    private static let numbers: [String: One] = [
        "plusWhole": { $0 + 2 }, "plusReal": { $0 + 1.5 }, "minusWhole": { $0 - 1 },
        "wholeMinus": { 3 - $0 }, "timesReal": { $0 * 0.5 }, "timesWhole": { $0 * 3 },
        "overWhole": { $0 / 2 }, "overReal": { $0 / 0.5 }, "realOver": { 1.5 / $0 },
        "power": { $0.dtype.isFloatingPoint ? $0.pow(2) : $0.pow(Tensor(2)) },
        "equalsReal": { $0.eq(1.5) }, "belowReal": { $0.lt(2.5) },
        "clamp": { $0.clamp(min: 1, max: 2) }, "clampReal": { $0.clamp(min: 1.5, max: 2.5) },
    ]

    private static let reductions: [String: One] = [
        "sum": { $0.sum() }, "sumDim": { $0.sum(dims: [0]) }, "mean": { $0.mean() },
        "prod": { $0.prod() }, "max": { $0.max() }, "min": { $0.min() },
        "maxDim": { $0.max(dim: 0).values }, "any": { $0.any() }, "all": { $0.all(dims: [0]) },
        "argmax": { $0.argmax() }, "argmin": { $0.argmin(dim: 0) },
        "countNonzero": { $0.countNonzero() }, "nanSum": { $0.nanSum() },
        "logSumExp": { $0.logSumExp(dims: [0]) }, "variance": { $0.variance() },
        "std": { $0.std() }, "norm": { $0.norm() }, "cumsum": { $0.cumsum(dim: 0) },
        "cumprod": { $0.cumprod(dim: 0) }, "cummax": { $0.cummax(dim: 0).values },
        "cummin": { $0.cummin(dim: 0).values }, "logCumSumExp": { $0.logCumSumExp(dim: 0) },
        "sort": { $0.sort().values }, "median": { $0.median() }, "diff": { $0.diff() },
        "trapezoid": { $0.trapezoid() }, "softmax": { $0.softmax(dim: 0) },
    ]

    private static let unary: [String: One] = [
        "abs": { $0.abs() }, "neg": { -$0 }, "sign": { $0.sign() }, "square": { $0.square() },
        "exp": { $0.exp() }, "log1p": { $0.log1p() }, "sqrt": { $0.sqrt() },
        "rsqrt": { $0.rsqrt() }, "reciprocal": { $0.reciprocal() }, "sin": { $0.sin() },
        "erf": { $0.erf() }, "sigmoid": { $0.sigmoid() }, "tanh": { $0.tanh() },
        "floor": { $0.floor() }, "round": { $0.round() }, "trunc": { $0.trunc() },
        "relu": { $0.relu() }, "isNaN": { $0.isNaN() }, "isFinite": { $0.isFinite() },
        "signbit": { $0.signbit() }, "logicalNot": { $0.logicalNot() },
        "deg2rad": { $0.deg2rad() }, "nanToNum": { $0.nanToNum() },
        "zerosLike": { $0.zerosLike() }, "flip": { $0.flip([0]) },
        "tril": { $0.reshape([1, 3]).tril() }, "repeated": { $0.repeated([2]) },
    ]

    private static func all(_ functions: [String: One]) -> FixtureOperations.Value {
        { arguments in
            let named = try arguments.strings("names").map { try #require(functions[$0], "\($0)") }
            return { inputs in named.map { $0(inputs[0]) } }
        }
    }

    private static let operations: FixtureOperations = [
        "numbers": all(numbers), "reductions": all(reductions), "unary": all(unary),
        "pairs": { arguments in
            let named = try arguments.strings("names").map { try #require(pairs[$0], "\($0)") }
            return { inputs in named.map { $0(inputs[0], inputs[1]) } }
        },
    ]

    /// An operand's type and its number of dimensions decide on the type of a result.
    @Test(arguments: try fixtures("promotion"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(PromotionTests.operations, layouts: false, doublePrecision: false)
    }
}
