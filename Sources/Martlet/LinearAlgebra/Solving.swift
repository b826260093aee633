internal import CKernels
internal import CLAPACK

/// X of A X = B, or of Aᵀ X = B, from the factors of A.
struct Solve: TensorOperation {
    let factors: LUFactors
    var transposed = false
    private var a: Tensor?
    private var output: SavedOutput?

    init(factors: LUFactors, transposed: Bool = false) {
        self.factors = factors
        self.transposed = transposed
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = factors.solve(inputs[1], transposed: transposed)
        a = inputs[0]
        if needsGradient[0] { output = SavedOutput(x) }
        return [x]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let a else { return [nil, nil] }
        let gb = Tensor.result(Solve(factors: factors, transposed: !transposed), a, g)
        let ga = (output?.value).map { x in
            -(transposed ? x.matmul(gb.mT) : gb.matmul(x.mT))
        }
        return [ga, gb]
    }
}

/// X of T X = B, or of Tᵀ X = B, for triangular T.
private struct TriangularSolve: TensorOperation {
    let upper: Bool
    let transposed: Bool
    let unitDiagonal: Bool
    private var t: Tensor?
    private var output: SavedOutput?

    init(upper: Bool, transposed: Bool, unitDiagonal: Bool) {
        self.upper = upper
        self.transposed = transposed
        self.unitDiagonal = unitDiagonal
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let t = Matrices.columns(inputs[0])
        let x = Matrices.columns(inputs[1])
        mt_triangular_solve(
            x.dtype.kernel, Int64(Matrices.batch(x)), Int64(x.shape[x.ndim - 2]),
            Int64(x.shape[x.ndim - 1]), upper, transposed, unitDiagonal, t.pointer, x.freshPointer)
        self.t = inputs[0]
        if needsGradient[0] { output = SavedOutput(x) }
        return [x]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let t else { return [nil, nil] }
        let gb = Tensor.result(
            TriangularSolve(upper: upper, transposed: !transposed, unitDiagonal: unitDiagonal), t, g
        )
        let gt = (output?.value).map { x in
            let whole = -(transposed ? x.matmul(gb.mT) : gb.matmul(x.mT))
            let strict = unitDiagonal ? 1 : 0
            return upper ? whole.triu(strict) : whole.tril(-strict)
        }
        return [gt, gb]
    }
}

extension Tensor {
    /// Two batches of matrices with one set of leading dimensions.
    private static func aligned(_ a: Tensor, _ b: Tensor, _ operation: String) -> (Tensor, Tensor) {
        let lead = Shape.broadcast(
            Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)), operation: operation)
        return (a.expand(lead + a.shape.suffix(2)), b.expand(lead + b.shape.suffix(2)))
    }

    /// Right-hand sides as matrices: a vector, or a batch of as many vectors as there are matrices, becomes columns.
    private func columns(for a: Tensor, _ operation: String) -> (matrices: Tensor, areVectors: Bool)
    {
        let areVectors = ndim == 1 || ndim == a.ndim - 1 && shape == Array(a.shape.dropLast())
        let matrices = areVectors ? unsqueeze(-1) : self
        precondition(
            matrices.ndim >= 2 && matrices.shape[matrices.ndim - 2] == a.shape[a.ndim - 2]
                && dtype == a.dtype,
            "\(operation): a right-hand side \(dtype) \(shape) does not fit matrices \(a.dtype) "
                + "\(a.shape)")
        return (matrices, areVectors)
    }

    /// X of self X = B, for square matrices `(..., n, n)` and B `(..., n, k)` or vectors `(..., n)` (PyTorch's
    /// `linalg.solve`).
    ///
    /// - Throws: `LinearAlgebraError` when a matrix is singular.
    public func solve(_ b: Tensor) throws -> Tensor {
        Matrices.require(self, square: true, "solve")
        let (right, areVectors) = b.columns(for: self, "solve")
        let (x, y) = Tensor.aligned(self, right, "solve")
        let factors = LUFactors(x.detach())
        try Matrices.check(factors.info, "solve") { _ in "is singular" }
        let result = Tensor.result(Solve(factors: factors), x, y)
        return areVectors ? result.squeeze(-1) : result
    }

    /// X of self X = B for triangular matrices (PyTorch's `linalg.solve_triangular`); elements on the other side of the
    /// diagonal are not read.
    public func solveTriangular(_ b: Tensor, upper: Bool, unitDiagonal: Bool = false) -> Tensor {
        Matrices.require(self, square: true, "solveTriangular")
        let (right, areVectors) = b.columns(for: self, "solveTriangular")
        let (t, y) = Tensor.aligned(self, right, "solveTriangular")
        let result = Tensor.result(
            TriangularSolve(upper: upper, transposed: false, unitDiagonal: unitDiagonal), t, y)
        return areVectors ? result.squeeze(-1) : result
    }

    /// The inverse of square matrices.
    ///
    /// - Throws: `LinearAlgebraError` when a matrix is singular.
    public func inverse() throws -> Tensor {
        Matrices.require(self, square: true, "inverse")
        let factors = LUFactors(detach())
        try Matrices.check(factors.info, "inverse") { _ in "is singular" }
        let one = Tensor.eye(shape[ndim - 1], dtype: dtype).expand(shape)
        return Tensor.result(Solve(factors: factors), self, one)
    }

    /// The X that minimise |self X - B|, of these the shortest: `pinv() B` (PyTorch's `linalg.lstsq`).
    public func lstsq(_ b: Tensor) -> Tensor {
        Matrices.require(self, square: false, "lstsq")
        let (right, areVectors) = b.columns(for: self, "lstsq")
        let result = pinv().matmul(right)
        return areVectors ? result.squeeze(-1) : result
    }

    /// P, L and U of matrices = P L U, with exchanges of rows for stability.
    public func lu() -> (p: Tensor, l: Tensor, u: Tensor) {
        Matrices.require(self, square: false, "lu")
        let factors = LUFactors(detach())
        let (m, n) = (shape[ndim - 2], shape[ndim - 1])
        let k = Swift.min(m, n)
        var permutations: [Tensor] = []
        for i in 0..<Matrices.batch(self) {
            var order = Array(0..<m)
            for row in 0..<k { order.swapAt(row, Int(factors.pivots[i * k + row]) - 1) }
            permutations.append(Tensor.eye(m, dtype: dtype).indexSelect(dim: 1, Tensor(order)))
        }
        let p =
            permutations.isEmpty
            ? Tensor.zeros(Array(shape.dropLast(2)) + [m, m], dtype: dtype)
            : Tensor.stack(permutations).reshape(Array(shape.dropLast(2)) + [m, m])
        let parts = Tensor.apply(LUFactorization(factors: factors), [p.mT.matmul(self)])
        return (p, parts[0], parts[1])
    }

    /// L of symmetric positive definite matrices = L Lᵀ, lower triangular; with `upper` its transpose.
    ///
    /// - Throws: `LinearAlgebraError` when a matrix is not positive definite.
    public func cholesky(upper: Bool = false) throws -> Tensor {
        Matrices.require(self, square: true, "cholesky")
        let l = Matrices.columns(detach())
        var info = [Int32](repeating: 0, count: Swift.max(Matrices.batch(self), 1))
        mt_cholesky(
            dtype.kernel, Int64(Matrices.batch(self)), Int64(shape[ndim - 1]), l.freshPointer, &info
        )
        try Matrices.check(info, "cholesky") {
            "is not positive definite: its leading minor of order \($0) is not positive"
        }
        let result = Tensor.result(Cholesky(result: l), self)
        return upper ? result.mT : result
    }

    /// X of A X = B where this is the lower (or `upper`) triangular factor of A from `cholesky`.
    public func choleskySolve(_ b: Tensor, upper: Bool = false) -> Tensor {
        let l = upper ? mT : self
        return l.mT.solveTriangular(l.solveTriangular(b, upper: false), upper: true)
    }

    /// The determinant of square matrices.
    public func det() -> Tensor {
        Matrices.require(self, square: true, "det")
        return Tensor.result(Determinant(), self)
    }

    /// The sign of the determinant and the logarithm of its absolute value; 0 and -infinity for singular matrices.
    public func slogdet() -> (sign: Tensor, logAbsDet: Tensor) {
        Matrices.require(self, square: true, "slogdet")
        let results = Tensor.apply(LogDeterminant(), [self])
        return (results[0].detach(), results[1])
    }

    /// The logarithm of the determinant; NaN where it is negative.
    public func logdet() -> Tensor {
        let (sign, value) = slogdet()
        return Tensor.where(sign.lt(0), Tensor.full([], .nan, dtype: dtype), value)
    }
}

/// L and U of matrices whose rows are in order already (Murray, "Differentiation of the Cholesky decomposition", 2016, has
/// the like for L Lᵀ).
private struct LUFactorization: TensorOperation {
    let factors: LUFactors
    private var l: SavedOutput?
    private var u: SavedOutput?

    init(factors: LUFactors) { self.factors = factors }

    var name: String { "lu" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (m, n) = (inputs[0].shape[inputs[0].ndim - 2], inputs[0].shape[inputs[0].ndim - 1])
        let k = Swift.min(m, n)
        let l =
            factors.lu.narrow(dim: -1, start: 0, length: k).tril(-1)
            + Tensor.eye(m, k, dtype: inputs[0].dtype)
        let u = factors.lu.narrow(dim: -2, start: 0, length: k).triu()
        self.l = SavedOutput(l, index: 0)
        self.u = SavedOutput(u, index: 1)
        return [l, u]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let l = l?.value, let u = u?.value else { return [nil] }
        let gl = gradients[0] ?? l.zerosLike()
        let gu = gradients[1] ?? u.zerosLike()
        let (m, n) = (l.shape[l.ndim - 2], u.shape[u.ndim - 1])
        let k = Swift.min(m, n)
        let l1 = l.narrow(dim: -2, start: 0, length: k)
        let u1 = u.narrow(dim: -1, start: 0, length: k)
        // The square part: L⁻ᵀ (tril(Lᵀ gL, -1) + triu(gU Uᵀ)) U⁻ᵀ, where what hangs over takes part.
        let inner = l.mT.matmul(gl).tril(-1) + gu.matmul(u.mT).triu()
        func solved(_ middle: Tensor) -> Tensor {
            let left = l1.mT.solveTriangular(middle, upper: true, unitDiagonal: true)
            return u1.solveTriangular(left.mT, upper: true).mT
        }
        if m == n { return [solved(inner)] }
        if m > n {
            // Rows below: gA2 = gL2 U⁻ᵀ.
            let l2 = l.narrow(dim: -2, start: k, length: m - k)
            let gl2 = gl.narrow(dim: -2, start: k, length: m - k)
            let gl1 = gl.narrow(dim: -2, start: 0, length: k)
            let lower = u1.solveTriangular(gl2.mT, upper: true).mT
            let middle =
                l1.mT.matmul(gl1).tril(-1) + (gu.matmul(u.mT) - l2.mT.matmul(gl2)).triu()
            return [Tensor.cat([solved(middle), lower], dim: -2)]
        }
        // Columns to the right: gA2 = L⁻ᵀ gU2.
        let u2 = u.narrow(dim: -1, start: k, length: n - k)
        let gu2 = gu.narrow(dim: -1, start: k, length: n - k)
        let gu1 = gu.narrow(dim: -1, start: 0, length: k)
        let right = l1.mT.solveTriangular(gu2, upper: true, unitDiagonal: true)
        let middle =
            (l.mT.matmul(gl) - gu2.matmul(u2.mT)).tril(-1) + gu1.matmul(u1.mT).triu()
        return [Tensor.cat([solved(middle), right], dim: -1)]
    }
}

/// Hands out a factor that was computed before (Murray 2016, section 3, gives the gradient).
private struct Cholesky: TensorOperation {
    let result: Tensor
    private var output: SavedOutput?

    init(result: Tensor) { self.result = result }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        output = SavedOutput(result)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let l = output?.value else { return [nil] }
        let product = l.mT.matmul(g.tril())
        let phi = product.tril() - product.diagonal(dim1: -2, dim2: -1).diagEmbed() * 0.5
        // L⁻ᵀ phi L⁻¹, made symmetric.
        let left = l.mT.solveTriangular(phi, upper: true)
        let both = l.mT.solveTriangular(left.mT, upper: true).mT
        return [(both + both.mT) * 0.5]
    }
}

private struct Determinant: TensorOperation {
    private var a: Tensor?
    private var output: SavedOutput?

    var name: String { "det" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let factors = LUFactors(inputs[0])
        let lead = Array(inputs[0].shape.dropLast(2))
        let signs = Tensor(factors.signs, shape: lead).to(inputs[0].dtype)
        let result = factors.lu.diagonal(dim1: -2, dim2: -1).prod(dims: [-1]) * signs
        if needsGradient[0] {
            a = inputs[0]
            output = SavedOutput(result)
        }
        return [result]
    }

    /// det(A) A⁻ᵀ; for singular matrices, which have no inverse, the same through singular values.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let a, let det = output?.value else { return [nil] }
        let wide = g.unsqueeze(-1).unsqueeze(-1)
        let factors = LUFactors(a.detach())
        if factors.info.allSatisfy({ $0 == 0 }) {
            let one = Tensor.eye(a.shape[a.ndim - 1], dtype: a.dtype).expand(a.shape)
            let inverse = Tensor.result(Solve(factors: factors, transposed: true), a, one)
            return [wide * det.unsqueeze(-1).unsqueeze(-1) * inverse]
        }
        precondition(
            !GradientMode.isRecording,
            "det: the gradient at a singular matrix cannot be differentiated again")
        let (u, s, vh) = a.svd()
        let n = a.shape[a.ndim - 1]
        let others = (0..<n).map { i in
            Tensor.cat(
                [
                    s.narrow(dim: -1, start: 0, length: i),
                    s.narrow(dim: -1, start: i + 1, length: n - i - 1),
                ], dim: -1
            ).prod(dims: [-1])
        }
        let signs = (u.det() * vh.det()).unsqueeze(-1).unsqueeze(-1)
        let adjugate = (u * Tensor.stack(others, dim: -1).unsqueeze(-2)).matmul(vh)
        return [wide * signs * adjugate]
    }
}

private struct LogDeterminant: TensorOperation {
    private var a: Tensor?

    var name: String { "slogdet" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let factors = LUFactors(x)
        let diagonal = factors.lu.diagonal(dim1: -2, dim2: -1)
        let signs = Tensor(factors.signs, shape: Array(x.shape.dropLast(2))).to(x.dtype)
        if needsGradient[0] { a = x }
        return [
            diagonal.sign().prod(dims: [-1]) * signs, diagonal.abs().log().sum(dims: [-1]),
        ]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[1], let a else { return [nil] }
        let factors = LUFactors(a.detach())
        let one = Tensor.eye(a.shape[a.ndim - 1], dtype: a.dtype).expand(a.shape)
        let inverse = Tensor.result(Solve(factors: factors, transposed: true), a, one)
        return [g.unsqueeze(-1).unsqueeze(-1) * inverse]
    }
}
