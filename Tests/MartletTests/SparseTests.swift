import Martlet
import MartletTesting
import Testing

@Suite("Sparse tensors")
struct SparseTests {
    /// Inputs are values, then what else has gradients, then indices.
    private static func tensor(
        _ arguments: FixtureArguments
    ) throws -> @Sendable (_ values: Tensor, _ indices: Tensor) -> SparseTensor {
        let shape = arguments.has("shape") ? try arguments.ints("shape") : nil
        return { SparseTensor(indices: $1, values: $0, shape: shape) }
    }

    private static func parts(_ x: SparseTensor) -> [Tensor] { [x.indices, x.values] }

    private static let operations: FixtureOperations = [
        "toDense": { arguments in
            let make = try tensor(arguments)
            return { [make($0[0], $0[1]).toDense()] }
        },
        "inferred": many { [SparseTensor(indices: $0[1], values: $0[0]).toDense()] },
        "coalesced": { arguments in
            let make = try tensor(arguments)
            return { parts(make($0[0], $0[1]).coalesced()) }
        },
        "scaled": { arguments in
            let make = try tensor(arguments)
            return { [(make($0[0], $0[1]) * 2.5).toDense()] }
        },
        "sparseTransposed": { arguments in
            let (make, dims) = (try tensor(arguments), try arguments.pair("dims"))
            return { [make($0[0], $0[1]).transpose(dims.0, dims.1).toDense()] }
        },
        "sparseSum": { arguments in
            let make = try tensor(arguments)
            return { parts(make($0[0], $0[2]) + make($0[1], $0[3])) }
        },
        "toSparse": { arguments in
            let dims = try arguments.int("dims")
            return { parts($0[0].toSparse(sparseDims: dims)) }
        },
        "roundTrip": { arguments in
            let dims = try arguments.int("dims")
            return { [$0[0].toSparse(sparseDims: dims).toDense()] }
        },
        "sparseMatmul": { arguments in
            let make = try tensor(arguments)
            return { [make($0[0], $0[2]).matmul($0[1])] }
        },
        "sparseMatmulTransposed": { arguments in
            let make = try tensor(arguments)
            return { [make($0[0], $0[2]).T.matmul($0[1])] }
        },
    ]

    @Test(arguments: try fixtures("sparse"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // Elements that are zero have no gradient, and stop being zero when they are moved.
        let isSmooth = fixture.operation != "roundTrip"
        try fixture.check(SparseTests.operations, gradcheck: isSmooth, secondDerivatives: isSmooth)
    }

    @Test func knowsWhetherItIsCoalesced() {
        let a = SparseTensor(
            indices: Tensor([[1, 0, 1]]), values: Tensor([1.0, 2, 3]), shape: [4])
        #expect(a.nnz == 3 && a.sparseDims == 1 && a.ndim == 1 && !a.isCoalesced)
        let b = a.coalesced()
        #expect(b.nnz == 2 && b.isCoalesced && (a + b).isCoalesced && (2 * b).isCoalesced)
        #expect(!(a * 2).isCoalesced && Tensor.eye(2).toSparse().isCoalesced)
        #expect(!Tensor.eye(2).toSparse().T.isCoalesced)
        let single = SparseTensor(indices: Tensor([[1]]), values: Tensor([1.0]))
        #expect(single.isCoalesced && single.shape == [2])
    }

    @Test(arguments: [DType.float16, .bfloat16])
    func halfTypesAddUpInFloat32(dtype: DType) {
        let x = numbers([40, 7]).to(dtype)
        let a = (numbers([30, 40], seed: 2).to(dtype).toSparse())
        let y = a.matmul(x)
        #expect(y.dtype == dtype)
        let wide = a.toDense().to(.float32).matmul(x.to(.float32))
        expectClose(y, wide.to(dtype), rtol: 1e-6, atol: 1e-6)
        #expect(a.matmul(x.to(.float32)).dtype == .float32)
    }

    @Test func productsDoNotDependOnThreads() {
        var generator = Generator(seed: 5)
        let indices = Tensor.stack([
            // A third of all entries are in one row.
            Tensor.randint(-100..<200, [9000], generator: &generator).clamp(min: 0),
            Tensor.randint(0..<300, [9000], generator: &generator),
        ])
        let x = Tensor.randn([300, 65], generator: &generator)
        let values = Tensor.randn([9000], generator: &generator)
        let found = onThreads([1, 2, 3]) {
            let (v, d) = (values.requiringGrad(), x.requiringGrad())
            let a = SparseTensor(indices: indices, values: v, shape: [200, 300])
            let y = a.matmul(d)
            y.square().sum().backward()
            let sums = [y.detach(), v.grad ?? v, d.grad ?? d, a.coalesced().values.detach()]
            return Tensor.cat(sums.map { $0.flatten() })
        }
        for other in found.dropFirst() { expectClose(other, found[0], rtol: 0, atol: 0) }
        let dense = SparseTensor(indices: indices, values: values, shape: [200, 300]).toDense()
        expectClose(
            found[0].slice(dim: 0, to: 200 * 65), dense.matmul(x).flatten(), rtol: 1e-4, atol: 1e-4)
    }
}

private func ones(_ shape: Int...) -> Tensor { Tensor.ones(shape) }

extension Misuse {
    static let sparse = [
        Misuse(
            "SparseTensor: expected integer indices (dimensions, entries) and values (entries, ...),"
        ) {
            _ = SparseTensor(indices: Tensor([[0, 1]]), values: ones(3))
        },
        Misuse("SparseTensor: expected 2 sizes followed by [], got shape [3]") {
            _ = SparseTensor(indices: Tensor([[0], [1]]), values: ones(1), shape: [3])
        },
        Misuse("SparseTensor: expected 1 sizes followed by [2], got shape [3, 4]") {
            _ = SparseTensor(indices: Tensor([[0]]), values: ones(1, 2), shape: [3, 4])
        },
        Misuse("SparseTensor: index 3 is outside dimension 1 of [2, 3]") {
            _ = SparseTensor(indices: Tensor([[0], [3]]), values: ones(1), shape: [2, 3])
        },
        Misuse("SparseTensor: expected indices of 0 or more, got -1") {
            _ = SparseTensor(indices: Tensor([[0, -1]]), values: ones(2))
        },
        Misuse("SparseTensor: the sparse dimensions of [4294967296, 4294967296] have more than") {
            let size = 1 << 32
            _ = SparseTensor(indices: Tensor([[0], [0]]), values: ones(1), shape: [size, size])
        },
        Misuse("SparseTensor.transpose: expected two of the 1 sparse dimensions of [2, 3]") {
            _ = ones(2, 3).toSparse(sparseDims: 1).T
        },
        Misuse("SparseTensor.T: expected a matrix, got shape [2]") { _ = ones(2).toSparse().T },
        Misuse("SparseTensor +: shapes [2, 3] and [3, 2]") {
            _ = ones(2, 3).toSparse() + ones(3, 2).toSparse()
        },
        Misuse(
            "SparseTensor.matmul: a matrix of shape [2, 3] with 2 sparse dimensions does not fit [2]"
        ) {
            _ = ones(2, 3).toSparse().matmul(ones(2))
        },
        Misuse("SparseTensor.matmul: expected floating-point tensors, got int64 and int64") {
            _ = Tensor([[1]]).toSparse().matmul(Tensor([1]))
        },
        Misuse("toSparse: 3 sparse dimensions in a tensor of 2") {
            _ = ones(2, 3).toSparse(sparseDims: 3)
        },
    ]
}
