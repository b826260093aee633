internal import CKernels
internal import CLAPACK

/// A matrix that a decomposition does not exist for.
public struct LinearAlgebraError: Error, CustomStringConvertible, Equatable {
    /// The operation, for example "cholesky".
    public let operation: String
    /// Which matrix of the batch, in row-major order.
    public let matrix: Int
    public let reason: String

    public var description: String {
        "\(operation): matrix \(matrix) \(reason)"
    }
}

/// Batches of matrices as LAPACK wants them: float32 or float64, each column by column.
enum Matrices {
    /// Stops unless this is a batch of (square) matrices of a type that can be decomposed.
    static func require(_ x: Tensor, square: Bool, _ operation: String) {
        let n = x.ndim
        precondition(
            n >= 2 && (!square || x.shape[n - 1] == x.shape[n - 2]),
            "\(operation): expected a \(square ? "square " : "")matrix or a batch of them, got shape "
                + "\(x.shape)")
        precondition(
            x.dtype == .float32 || x.dtype == .float64,
            "\(operation): expected float32 or float64, got \(x.dtype)")
    }

    /// How many matrices there are.
    static func batch(_ x: Tensor) -> Int { x.shape.dropLast(2).reduce(1, *) }

    /// A copy of its own, column by column.
    static func columns(_ x: Tensor) -> Tensor {
        x.materialized(strides: strides(x.shape))
    }

    /// Memory for matrices of this shape, column by column.
    static func uninitialized(_ lead: [Int], _ m: Int, _ n: Int, _ dtype: DType) -> Tensor {
        let shape = lead + [m, n]
        return Tensor(uninitialized: shape, strides: strides(shape), dtype: dtype)
    }

    private static func strides(_ shape: [Int]) -> [Int] {
        let n = shape.count
        var order = shape
        order.swapAt(n - 1, n - 2)
        var strides = Shape.contiguousStrides(order)
        strides.swapAt(n - 1, n - 2)
        return strides
    }

    /// The first matrix that did not work, as an error.
    static func check(_ info: [Int32], _ operation: String, _ reason: (Int) -> String) throws {
        if let bad = info.firstIndex(where: { $0 != 0 }) {
            throw LinearAlgebraError(
                operation: operation, matrix: bad, reason: reason(Int(info[bad])))
        }
    }
}

/// The factors of a matrix by which systems are solved: P A = L U.
struct LUFactors {
    let lu: Tensor
    let pivots: [Int32]
    /// For each matrix 0, or the number of a diagonal element of U that is 0.
    let info: [Int32]

    init(_ x: Tensor) {
        let a = Matrices.columns(x)
        let (m, n) = (x.shape[x.ndim - 2], x.shape[x.ndim - 1])
        let batch = Matrices.batch(x)
        var pivots = [Int32](repeating: 0, count: Swift.max(batch * Swift.min(m, n), 1))
        var info = [Int32](repeating: 0, count: Swift.max(batch, 1))
        mt_lu(
            x.dtype.kernel, Int64(batch), Int64(m), Int64(n), a.freshPointer, &pivots, &info)
        lu = a
        self.pivots = pivots
        self.info = info
    }

    /// A⁻¹ B, or A⁻ᵀ B, for `b` with the same leading dimensions.
    func solve(_ b: Tensor, transposed: Bool = false) -> Tensor {
        let result = Matrices.columns(b)
        mt_lu_solve(
            b.dtype.kernel, Int64(Matrices.batch(b)), Int64(b.shape[b.ndim - 2]),
            Int64(b.shape[b.ndim - 1]), transposed, lu.pointer, pivots, result.freshPointer)
        return result
    }

    /// Whether the rows were exchanged an odd number of times, for each matrix.
    var signs: [Double] {
        let n = Swift.min(lu.shape[lu.ndim - 2], lu.shape[lu.ndim - 1])
        return (0..<Matrices.batch(lu)).map { i in
            let swaps = (0..<n).count { pivots[i * n + $0] != Int32($0 + 1) }
            return swaps % 2 == 0 ? 1 : -1
        }
    }
}

extension Tensor {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The transpose of each matrix of a batch (PyTorch's `mT`).
    public var mT: Tensor {
        precondition(ndim >= 2, "mT: expected a matrix or a batch of them, got shape \(shape)")
        return transpose(-1, -2)
    }

    /// The inner product of two vectors.
    public func dot(_ other: Tensor) -> Tensor {
        precondition(
            ndim == 1 && shape == other.shape,
            "dot: expected two vectors of one length, got shapes \(shape) and \(other.shape)")
        return (self * other).sum()
    }

    /// The inner products of vectors along a dimension.
    public func vecdot(_ other: Tensor, dim: Int = -1) -> Tensor { (self * other).sum(dims: [dim]) }

    /// The products of all pairs of elements of two vectors, `(n)` and `(m)` to `(n, m)`.
    public func outer(_ other: Tensor) -> Tensor {
        precondition(
            ndim == 1 && other.ndim == 1,
            "outer: expected two vectors, got shapes \(shape) and \(other.shape)")
        return unsqueeze(1) * other.unsqueeze(0)
    }

    /// The products of two batches of matrices, `(N, n, m)` and `(N, m, p)` to `(N, n, p)`.
    public func bmm(_ other: Tensor) -> Tensor {
        precondition(
            ndim == 3 && other.ndim == 3 && shape[0] == other.shape[0],
            "bmm: expected two batches of as many matrices, got shapes \(shape) and \(other.shape)")
        return matmul(other)
    }

    /// beta self + alpha a b.
    public func addmm(_ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1) -> Tensor {
        let product = a.matmul(b)
        return (beta == 1 ? self : self * beta) + (alpha == 1 ? product : product * alpha)
    }

    /// The vector product of vectors of 3 elements along a dimension.
    public func cross(_ other: Tensor, dim: Int = -1) -> Tensor {
        let common = Tensor.broadcast([self, other])
        precondition(
            common[0].size(dim) == 3,
            "cross: expected 3 elements along dimension \(dim), got shapes \(shape) and \(other.shape)"
        )
        let (a, b) = (common[0].unbind(dim: dim), common[1].unbind(dim: dim))
        return Tensor.stack(
            [
                a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0],
            ], dim: dim)
    }

    /// Summed over pairs of dimensions, `dims.0` of this tensor with `dims.1` of the other.
    public func tensordot(_ other: Tensor, dims: ([Int], [Int])) -> Tensor {
        let a = dims.0.map { Shape.dimension($0, of: ndim, operation: "tensordot") }
        let b = dims.1.map { Shape.dimension($0, of: other.ndim, operation: "tensordot") }
        precondition(
            a.count == b.count && zip(a, b).allSatisfy { shape[$0] == other.shape[$1] },
            "tensordot: dimensions \(dims.0) of \(shape) do not fit \(dims.1) of \(other.shape)")
        let (left, right) = (
            shape.indices.filter { !a.contains($0) }, other.shape.indices.filter { !b.contains($0) }
        )
        let inner = a.reduce(1) { $0 * shape[$1] }
        let x = permute(left + a).reshape([-1, inner])
        let y = other.permute(b + right).reshape([inner, -1])
        return x.matmul(y).reshape(left.map { shape[$0] } + right.map { other.shape[$0] })
    }

    /// The product of several matrices, in the order of fewest multiplications.
    public static func multiDot(_ matrices: [Tensor]) -> Tensor {
        precondition(
            matrices.count >= 2 && matrices.allSatisfy { $0.ndim == 2 },
            "multiDot: expected at least two matrices, got shapes \(matrices.map(\.shape))")
        let sizes = matrices.map { $0.shape[0] } + [matrices[matrices.count - 1].shape[1]]
        let n = matrices.count
        // cost[i][j]: of the product of matrices i ... j; split: after which it is best parted.
        var cost = [[Int]](repeating: [Int](repeating: 0, count: n), count: n)
        var split = cost
        for length in 1..<n {
            for i in 0..<(n - length) {
                let j = i + length
                cost[i][j] = .max
                for k in i..<j {
                    let total =
                        cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                    if total < cost[i][j] { (cost[i][j], split[i][j]) = (total, k) }
                }
            }
        }
        func product(_ i: Int, _ j: Int) -> Tensor {
            i == j
                ? matrices[i]
                : product(i, split[i][j]).matmul(product(split[i][j] + 1, j))
        }
        return product(0, n - 1)
    }

    /// A square matrix times itself, `exponent` times over; negative exponents are powers of the inverse.
    ///
    /// - Throws: `LinearAlgebraError` when the inverse is asked for and there is none.
    public func matrixPower(_ exponent: Int) throws -> Tensor {
        Matrices.require(self, square: true, "matrixPower")
        if exponent < 0 { return try inverse().matrixPower(-exponent) }
        var result = Tensor.eye(shape[ndim - 1], dtype: dtype).expand(shape)
        var square = self
        var rest = exponent
        var isFirst = true
        while rest > 0 {
            if rest & 1 == 1 {
                result = isFirst ? square : result.matmul(square)
                isFirst = false
            }
            rest >>= 1
            if rest > 0 { square = square.matmul(square) }
        }
        return result
    }

    /// e to the power of a square matrix, by scaling, Padé's approximant of degree 13 and squaring (Higham, "The scaling
    /// and squaring method for the matrix exponential revisited", 2005).
    public func matrixExp() -> Tensor {
        Matrices.require(self, square: true, "matrixExp")
        let norm = noGrad {
            count == 0 ? 0 : detach().abs().sum(dims: [-2]).max().item(as: Double.self)
        }
        // How many halvings bring the norm below 5.37, where the approximant is exact to double precision.
        let ratio = norm / 5.371920351148152
        let squarings =
            ratio > 1 && ratio.isFinite ? Int(ratio.exponent) + (ratio.significand > 1 ? 1 : 0) : 0
        let a = squarings == 0 ? self : self * (1 / Double(1 << squarings))
        let b: [Double] = [
            64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600,
            1_187_353_796_428_800, 129_060_195_264_000, 10_559_470_521_600, 670_442_572_800,
            33_522_128_640, 1_323_241_920, 40_840_800, 960_960, 16_380, 182, 1,
        ]
        let scale = 1 / b[0]
        let c = b.map { $0 * scale }
        let one = Tensor.eye(shape[ndim - 1], dtype: dtype)
        let a2 = a.matmul(a)
        let a4 = a2.matmul(a2)
        let a6 = a2.matmul(a4)
        let u = a.matmul(
            a6.matmul(a6 * c[13] + a4 * c[11] + a2 * c[9]) + a6 * c[7] + a4 * c[5] + a2 * c[3]
                + one * c[1])
        let v =
            a6.matmul(a6 * c[12] + a4 * c[10] + a2 * c[8]) + a6 * c[6] + a4 * c[4] + a2 * c[2]
            + one * c[0]
        var result = Tensor.result(Solve(factors: LUFactors((v - u).detach())), v - u, v + u)
        for _ in 0..<squarings { result = result.matmul(result) }
        return result
    }
}
