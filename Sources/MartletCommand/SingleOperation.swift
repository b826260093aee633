internal import Martlet
internal import MartletPipeline

/// One operation of the tensor library that `bench --operations` times by itself.
struct SingleOperation: Sendable {
    /// How the matrices that an operation works on lie in memory.
    enum Arrangement: String, CaseIterable {
        case contiguous, transposed
    }

    /// The numbers of elements that each operation is timed on, and the matrices that have them.
    static let shapes = [
        (count: 1, shape: [1, 1]), (1000, [25, 40]), (10_000_000, [2500, 4000]),
    ]

    let name: String
    private let run: @Sendable (Operands) -> Tensor

    private init(_ name: String, _ run: @escaping @Sendable (Operands) -> Tensor) {
        self.name = name
        self.run = run
    }

    static func named(_ name: String) throws -> SingleOperation {
        if let operation = all.first(where: { $0.name == name }) { return operation }
        let hint = EditDistance.nearest(to: name, among: all.map(\.name))
        throw ConfigurationError([
            "bench --operations: there is no operation \"\(name)\""
                + (hint.map { "; did you mean \"\($0)\"?" }
                    ?? "; without a name all are timed, and named")
        ])
    }

    /// Nanoseconds of one call: of several measurements the shortest, because on a machine that others use too,
    /// all that is not the operation's own only adds.
    func nanoseconds(_ operands: Operands, seconds: Double, repeats: Int) -> Double {
        let clock = ContinuousClock()
        func time(_ calls: Int) -> Double {
            clock.measure { for _ in 0..<calls { _ = run(operands) } } / .nanoseconds(1)
        }
        _ = time(1)
        let once = time(1)
        let calls = max(1, Int(min(seconds * 1e9 / max(once, 50), 1e7)))
        return (0..<repeats).map { _ in time(calls) / Double(calls) }.min() ?? once
    }

    static let all = elementwise + pairs + reductions + indexing + sorting

    private static let elementwise = [
        SingleOperation("neg") { -$0.x },
        SingleOperation("abs") { $0.x.abs() },
        SingleOperation("sign") { $0.x.sign() },
        SingleOperation("square") { $0.x.square() },
        SingleOperation("sqrt") { $0.y.sqrt() },
        SingleOperation("rsqrt") { $0.y.rsqrt() },
        SingleOperation("reciprocal") { $0.y.reciprocal() },
        SingleOperation("exp") { $0.x.exp() },
        SingleOperation("expm1") { $0.x.expm1() },
        SingleOperation("log") { $0.y.log() },
        SingleOperation("log1p") { $0.y.log1p() },
        SingleOperation("sin") { $0.x.sin() },
        SingleOperation("cos") { $0.x.cos() },
        SingleOperation("tan") { $0.x.tan() },
        SingleOperation("atan") { $0.x.atan() },
        SingleOperation("sinh") { $0.x.sinh() },
        SingleOperation("tanh") { $0.x.tanh() },
        SingleOperation("erf") { $0.x.erf() },
        SingleOperation("lgamma") { $0.y.lgamma() },
        SingleOperation("sigmoid") { $0.x.sigmoid() },
        SingleOperation("relu") { $0.x.relu() },
        SingleOperation("gelu") { $0.x.gelu() },
        SingleOperation("silu") { $0.x.silu() },
        SingleOperation("softplus") { $0.x.softplus() },
        SingleOperation("floor") { $0.x.floor() },
        SingleOperation("round") { $0.x.round() },
        SingleOperation("frac") { $0.x.frac() },
        SingleOperation("clamp") { $0.x.clamp(min: -1, max: 1) },
        SingleOperation("isNaN") { $0.x.isNaN() },
        SingleOperation("to(bfloat16)") { $0.x.to(.bfloat16) },
        SingleOperation("to(int64)") { $0.x.to(.int64) },
        SingleOperation("to(float64)") { $0.x.to(.float64) },
    ]

    private static let pairs = [
        SingleOperation("add") { $0.x + $0.y },
        SingleOperation("sub") { $0.x - $0.y },
        SingleOperation("mul") { $0.x * $0.y },
        SingleOperation("div") { $0.x / $0.y },
        SingleOperation("add(scalar)") { $0.x + 1.5 },
        SingleOperation("mul(scalar)") { $0.x * 1.5 },
        SingleOperation("add(row)") { $0.x + $0.row },
        SingleOperation("add(column)") { $0.x + $0.column },
        SingleOperation("add(mixed)") { $0.x + $0.contiguous },
        SingleOperation("pow") { $0.y.pow($0.z) },
        SingleOperation("pow(2)") { $0.x.pow(2.0) },
        SingleOperation("pow(2.5)") { $0.y.pow(2.5) },
        SingleOperation("maximum") { $0.x.maximum($0.y) },
        SingleOperation("atan2") { $0.x.atan2($0.y) },
        SingleOperation("hypot") { $0.x.hypot($0.y) },
        SingleOperation("remainder") { $0.x.remainder($0.y) },
        SingleOperation("fmod") { $0.x.fmod($0.y) },
        SingleOperation("floorDivide") { $0.x.floorDivide($0.y) },
        SingleOperation("eq") { $0.x.eq($0.y) },
        SingleOperation("gt") { $0.x.gt($0.y) },
        SingleOperation("gt(scalar)") { $0.x.gt(0) },
        SingleOperation("logicalAnd") { $0.mask.logicalAnd($0.mask) },
        SingleOperation("where") { Tensor.where($0.mask, $0.x, $0.y) },
        SingleOperation("maskedFill") { $0.x.maskedFill($0.mask, 0) },
        SingleOperation("lerp") { $0.x.lerp($0.y, weight: 0.3) },
        SingleOperation("addcmul") { $0.x.addcmul($0.y, $0.z) },
        SingleOperation("matmul(10x10)") { $0.small.matmul($0.small) },
    ]

    private static let reductions = [
        SingleOperation("sum") { $0.x.sum() },
        SingleOperation("sum(0)") { $0.x.sum(dims: [0]) },
        SingleOperation("sum(1)") { $0.x.sum(dims: [1]) },
        SingleOperation("mean") { $0.x.mean() },
        SingleOperation("mean(1)") { $0.x.mean(dims: [1]) },
        SingleOperation("prod") { $0.z.prod() },
        SingleOperation("max") { $0.x.max() },
        SingleOperation("amax(0)") { $0.x.max(dims: [0]) },
        SingleOperation("amax(1)") { $0.x.max(dims: [1]) },
        SingleOperation("max(1)") { $0.x.max(dim: 1).values },
        SingleOperation("argmax") { $0.x.argmax() },
        SingleOperation("argmax(0)") { $0.x.argmax(dim: 0) },
        SingleOperation("argmax(1)") { $0.x.argmax(dim: 1) },
        SingleOperation("any") { $0.none.any() },
        SingleOperation("all(1)") { $0.mask.all(dims: [1]) },
        SingleOperation("variance") { $0.x.variance() },
        SingleOperation("variance(0)") { $0.x.variance(dims: [0]) },
        SingleOperation("std(1)") { $0.x.std(dims: [1]) },
        SingleOperation("norm") { $0.x.norm() },
        SingleOperation("norm(1)") { $0.x.norm(dims: [1]) },
        SingleOperation("logSumExp(1)") { $0.x.logSumExp(dims: [1]) },
        SingleOperation("softmax(1)") { $0.x.softmax(dim: 1) },
        SingleOperation("logSoftmax(0)") { $0.x.logSoftmax(dim: 0) },
        SingleOperation("cumsum(0)") { $0.x.cumsum(dim: 0) },
        SingleOperation("cumsum(1)") { $0.x.cumsum(dim: 1) },
        SingleOperation("cumprod(1)") { $0.z.cumprod(dim: 1) },
        SingleOperation("cummax(1)") { $0.x.cummax(dim: 1).values },
        SingleOperation("countNonzero") { $0.mask.countNonzero() },
    ]

    private static let indexing = [
        SingleOperation("select") { $0.x[0] },
        SingleOperation("slice") { $0.x[0..., 0..<1] },
        SingleOperation("reshape") { $0.x.reshape([-1]) },
        SingleOperation("transpose.contiguous") { $0.x.transpose(0, 1).contiguous() },
        SingleOperation("indexSelect(0)") { $0.x.indexSelect(dim: 0, $0.rows) },
        SingleOperation("indexSelect(1)") { $0.x.indexSelect(dim: 1, $0.columns) },
        SingleOperation("subscript(rows)") { $0.x[$0.rows] },
        SingleOperation("subscript(mask)") { $0.x[$0.mask] },
        SingleOperation("gather(0)") { $0.x.gather(dim: 0, $0.rowOfEach) },
        SingleOperation("gather(1)") { $0.x.gather(dim: 1, $0.columnOfEach) },
        SingleOperation("take") { $0.x.take($0.anyOfEach) },
        SingleOperation("scatter(1)") { $0.x.scatter(dim: 1, $0.columnOfEach, $0.y) },
        SingleOperation("scatterAdd(0)") { $0.x.scatterAdd(dim: 0, $0.rowOfEach, $0.y) },
        SingleOperation("scatterAdd(1)") { $0.x.scatterAdd(dim: 1, $0.columnOfEach, $0.y) },
        SingleOperation("indexAdd(0)") { $0.x.indexAdd(dim: 0, $0.rows, $0.y) },
        SingleOperation("nonzero") { $0.mask.nonzero() },
        SingleOperation("flip(1)") { $0.x.flip([1]) },
        SingleOperation("roll(1)") { $0.x.roll([1], dims: [1]) },
        SingleOperation("tril") { $0.x.tril() },
        SingleOperation("cat(0)") { Tensor.cat([$0.x, $0.y], dim: 0) },
        SingleOperation("cat(1)") { Tensor.cat([$0.x, $0.y], dim: 1) },
        SingleOperation("stack") { Tensor.stack([$0.x, $0.y]) },
        SingleOperation("repeated") { $0.x.repeated([2, 1]) },
    ]

    private static let sorting = [
        SingleOperation("sort(0)") { $0.x.sort(dim: 0).values },
        SingleOperation("sort(1)") { $0.x.sort(dim: 1).values },
        SingleOperation("sort(flat)") { $0.x.reshape([-1]).sort().values },
        SingleOperation("argsort(1)") { $0.x.argsort(dim: 1) },
        SingleOperation("topk(1)") { $0.x.topk(Swift.min(5, $0.x.shape[1]), dim: 1).values },
        SingleOperation("topk(flat)") { $0.x.reshape([-1]).topk(1).values },
        SingleOperation("kthvalue(1)") { $0.x.kthvalue(1, dim: 1).values },
        SingleOperation("median") { $0.x.median() },
        SingleOperation("median(1)") { $0.x.median(dim: 1).values },
        SingleOperation("mode(1)") { $0.categories.mode(dim: 1).values },
        SingleOperation("quantile(1)") { $0.x.quantile(0.3, dim: 1) },
        SingleOperation("unique") { $0.categories.unique().values },
        SingleOperation("searchSorted") { Tensor.searchSorted($0.limits, $0.x) },
        SingleOperation("bincount") { $0.categories.reshape([-1]).bincount() },
        SingleOperation("histc") { $0.x.histc(bins: 50, min: -3, max: 3) },
    ]
}

/// What single operations work on: matrices of one shape and arrangement, made when first asked for.
final class Operands {
    private let shape: [Int]
    private let isTransposed: Bool
    private var generator = Generator(seed: 1)

    init(shape: [Int], _ arrangement: SingleOperation.Arrangement) {
        self.shape = shape
        isTransposed = arrangement == .transposed
    }

    /// A tensor of `shape` that lies as all do.
    private func matrix(_ make: ([Int], inout Generator) -> Tensor) -> Tensor {
        isTransposed ? make(shape.reversed(), &generator).transpose(0, 1) : make(shape, &generator)
    }

    /// Normal values.
    lazy var x = matrix { Tensor.randn($0, generator: &$1) }
    /// Values between 0.5 and 1.5.
    lazy var y = matrix { Tensor.rand($0, low: 0.5, high: 1.5, generator: &$1) }
    lazy var z = matrix { Tensor.rand($0, low: 0.5, high: 1.5, generator: &$1) }
    /// Normal values, contiguous whatever the arrangement.
    lazy var contiguous = Tensor.randn(shape, generator: &generator)
    lazy var row = Tensor.randn([shape[1]], generator: &generator)
    lazy var column = Tensor.randn([shape[0], 1], generator: &generator)
    lazy var small = Tensor.randn([10, 10], generator: &generator)
    /// About half of them true.
    lazy var mask = x.gt(0)
    lazy var none = matrix { shape, _ in Tensor.zeros(shape, dtype: .bool) }
    /// All rows' numbers, shuffled; and all columns'.
    lazy var rows = Tensor.randperm(shape[0], generator: &generator)
    lazy var columns = Tensor.randperm(shape[1], generator: &generator)
    /// For each element a row, a column, and an element.
    lazy var rowOfEach = matrix { Tensor.randint(0..<shape[0], $0, generator: &$1) }
    lazy var columnOfEach = matrix { Tensor.randint(0..<shape[1], $0, generator: &$1) }
    lazy var anyOfEach = matrix { Tensor.randint(0..<shape[0] * shape[1], $0, generator: &$1) }
    /// Integers with many equals.
    lazy var categories = matrix { Tensor.randint(0..<100, $0, generator: &$1) }
    /// Ascending.
    lazy var limits = Tensor.linspace(-3, 3, count: 1000)
}
