internal import CKernels
internal import CLAPACK

extension Tensor {
    /// Q with orthonormal columns and upper triangular R of matrices `(..., m, n)` = Q R.
    ///
    /// - Parameter complete: a square Q `(m, m)` rather than `(m, min(m, n))`; it has no gradient where m > n.
    public func qr(complete: Bool = false) -> (q: Tensor, r: Tensor) {
        Matrices.require(self, square: false, "qr")
        let results = Tensor.apply(QR(complete: complete), [self])
        return (results[0], results[1])
    }

    /// The singular value decomposition: matrices `(..., m, n)` = U diag(S) Vh with S descending, U `(..., m, k)` and Vh
    /// `(..., k, n)`, k = min(m, n); with `full` square U and Vh, whose gradients are not defined.
    ///
    /// The gradient is finite only where the singular values differ. Signs of the vectors are arbitrary.
    public func svd(full: Bool = false) -> (u: Tensor, s: Tensor, vh: Tensor) {
        Matrices.require(self, square: false, "svd")
        let results = Tensor.apply(SVD(full: full), [self])
        return (results[0], results[1], results[2])
    }

    /// The singular values of matrices, descending.
    public func svdvals() -> Tensor {
        // The gradient is U diag(g) Vh; without one the vectors are not needed.
        if edge != nil && GradientMode.isRecording { return svd().s }
        Matrices.require(self, square: false, "svdvals")
        let a = Matrices.columns(detach())
        let (m, n) = (shape[ndim - 2], shape[ndim - 1])
        let batch = Matrices.batch(self)
        let s = Tensor(
            uninitialized: Array(shape.dropLast(2)) + [Swift.min(m, n)], dtype: dtype)
        var info = [Int32](repeating: 0, count: Swift.max(batch, 1))
        mt_svd(
            dtype.kernel, Int64(batch), Int64(m), Int64(n), false, a.freshPointer, nil,
            s.freshPointer, nil, &info)
        return s
    }

    /// The eigenvalues of symmetric matrices, ascending, and their eigenvectors as columns; only the lower triangles are
    /// read. The gradient is finite only where the eigenvalues differ.
    public func eigh() -> (values: Tensor, vectors: Tensor) {
        Matrices.require(self, square: true, "eigh")
        let results = Tensor.apply(SymmetricEigen(), [self])
        return (results[0], results[1])
    }

    /// The eigenvalues of symmetric matrices, ascending.
    public func eigvalsh() -> Tensor { eigh().values }

    /// The eigenvalues of square matrices `(..., n)` and their eigenvectors as columns `(..., n, n)`, of length 1; they are
    /// complex in general. There are no gradients: for symmetric matrices see `eigh`.
    ///
    /// - Throws: `LinearAlgebraError` when the iteration does not converge.
    public func eig() throws -> (values: ComplexTensor, vectors: ComplexTensor) {
        Matrices.require(self, square: true, "eig")
        precondition(
            edge == nil || !GradientMode.isRecording,
            "eig: it has no gradient; use detach(), or eigh() for symmetric matrices")
        let a = Matrices.columns(detach())
        let n = shape[ndim - 1]
        let batch = Matrices.batch(self)
        let lead = Array(shape.dropLast(2))
        let real = Tensor(uninitialized: lead + [n], dtype: dtype)
        let imaginary = Tensor(uninitialized: lead + [n], dtype: dtype)
        let packed = Matrices.uninitialized(lead, n, n, dtype)
        var info = [Int32](repeating: 0, count: Swift.max(batch, 1))
        mt_eigen(
            dtype.kernel, Int64(batch), Int64(n), a.freshPointer, real.freshPointer,
            imaginary.freshPointer, packed.freshPointer, &info)
        try Matrices.check(info, "eig") { _ in "has eigenvalues that the iteration did not reach" }
        // A pair of conjugates has the real and the imaginary part of the first's vector in two columns.
        let isFirst = imaginary.gt(0)
        let isSecond = imaginary.lt(0)
        let next = packed.roll([-1], dims: [-1])
        let previous = packed.roll([1], dims: [-1])
        let (first, second) = (isFirst.unsqueeze(-2), isSecond.unsqueeze(-2))
        let zero = Tensor.zeros([], dtype: dtype)
        return (
            ComplexTensor(real: real, imaginary: imaginary),
            ComplexTensor(
                real: Tensor.where(second, previous, packed),
                imaginary: Tensor.where(first, next, Tensor.where(second, -packed, zero)))
        )
    }

    /// The eigenvalues of square matrices.
    ///
    /// - Throws: as `eig`.
    public func eigvals() throws -> ComplexTensor { try eig().values }

    /// The pseudoinverse (Moore and Penrose), singular values below `rcond` times the greatest taken as 0; by default
    /// max(m, n) times the type's precision.
    public func pinv(rcond: Double? = nil) -> Tensor {
        Matrices.require(self, square: false, "pinv")
        return Tensor.result(PseudoInverse(rcond: rcond ?? defaultTolerance), self)
    }

    /// How many singular values are above `rtol` times the greatest; by default max(m, n) times the type's precision.
    public func matrixRank(rtol: Double? = nil) -> Tensor {
        let s = noGrad { detach().svdvals() }
        let greatest =
            s.shape[s.ndim - 1] == 0
            ? s.sum(dims: [-1], keepDim: true) : s.max(dims: [-1], keepDim: true)
        return s.gt(greatest * (rtol ?? defaultTolerance)).sum(dims: [-1])
    }

    private var defaultTolerance: Double {
        Double(Swift.max(shape[ndim - 2], shape[ndim - 1]))
            * (dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    }

    /// Which norm of a matrix.
    public enum MatrixNorm: Sendable, Equatable {
        /// The square root of the sum of all squares.
        case frobenius
        /// The sum of the singular values.
        case nuclear
        /// The greatest (or least, for -1) sum of absolute values of a column.
        case one, minusOne
        /// The greatest (or least) sum of absolute values of a row.
        case infinity, minusInfinity
        /// The greatest (or least) singular value.
        case two, minusTwo
    }

    /// A norm of each matrix of a batch.
    public func matrixNorm(_ kind: MatrixNorm = .frobenius) -> Tensor {
        precondition(
            ndim >= 2, "matrixNorm: expected a matrix or a batch of them, got shape \(shape)")
        switch kind {
        case .frobenius: return norm(dims: [-2, -1])
        case .nuclear: return svdvals().sum(dims: [-1])
        case .one: return abs().sum(dims: [-2]).max(dims: [-1])
        case .minusOne: return abs().sum(dims: [-2]).min(dims: [-1])
        case .infinity: return abs().sum(dims: [-1]).max(dims: [-1])
        case .minusInfinity: return abs().sum(dims: [-1]).min(dims: [-1])
        case .two: return svdvals().max(dims: [-1])
        case .minusTwo: return svdvals().min(dims: [-1])
        }
    }

    /// The greatest singular value divided by the least.
    public func cond() -> Tensor {
        let s = svdvals()
        return s.max(dims: [-1]) / s.min(dims: [-1])
    }

    /// The `rank` greatest singular values and their vectors, found in a random subspace (Halko, Martinsson and Tropp,
    /// "Finding structure with randomness", 2011): U `(..., m, rank)`, S, V `(..., n, rank)`.
    public func svdLowRank(
        rank: Int = 6, iterations: Int = 2, generator: inout Generator
    ) -> (u: Tensor, s: Tensor, v: Tensor) {
        Matrices.require(self, square: false, "svdLowRank")
        let n = shape[ndim - 1]
        precondition(
            rank >= 1 && rank <= Swift.min(shape[ndim - 2], n),
            "svdLowRank: a rank of \(rank) does not fit shape \(shape)")
        var q = matmul(Tensor.randn([n, rank], dtype: dtype, generator: &generator)).qr().q
        for _ in 0..<iterations {
            q = mT.matmul(q).qr().q
            q = matmul(q).qr().q
        }
        let (u, s, vh) = q.mT.matmul(self).svd()
        return (q.matmul(u), s, vh.mT)
    }

    /// The principal components of observations `(..., m, n)`, m of n variables: the low-rank decomposition of the
    /// observations, by default less their mean. The components are the columns of V (PyTorch's `pca_lowrank`).
    public func pcaLowRank(
        rank: Int? = nil, center: Bool = true, iterations: Int = 2, generator: inout Generator
    ) -> (u: Tensor, s: Tensor, v: Tensor) {
        Matrices.require(self, square: false, "pcaLowRank")
        let most = Swift.min(shape[ndim - 2], shape[ndim - 1])
        let x = center ? self - mean(dims: [-2], keepDim: true) : self
        return x.svdLowRank(
            rank: rank ?? Swift.min(6, most), iterations: iterations, generator: &generator)
    }
}

private struct QR: TensorOperation {
    let complete: Bool
    private var q: SavedOutput?
    private var r: SavedOutput?

    init(complete: Bool) { self.complete = complete }

    var name: String { "qr" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let (m, n) = (x.shape[x.ndim - 2], x.shape[x.ndim - 1])
        let columns = complete ? m : Swift.min(m, n)
        let lead = Array(x.shape.dropLast(2))
        let a = Matrices.columns(x)
        let q = Matrices.uninitialized(lead, m, columns, x.dtype)
        let r = Matrices.uninitialized(lead, columns, n, x.dtype)
        mt_qr(
            x.dtype.kernel, Int64(Matrices.batch(x)), Int64(m), Int64(n), Int64(columns),
            a.freshPointer, q.freshPointer, r.freshPointer)
        if needsGradient[0] {
            self.q = SavedOutput(q, index: 0)
            self.r = SavedOutput(r, index: 1)
        }
        return [q, r]
    }

    /// Walter and Lehmann, "Algorithmic differentiation of linear algebra functions with application in optimum
    /// experimental design", 2012.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let q = q?.value, let r = r?.value else { return [nil] }
        let (m, n) = (q.shape[q.ndim - 2], r.shape[r.ndim - 1])
        precondition(
            !complete || m <= n,
            "qr: the gradient of a complete decomposition needs m <= n, got "
                + "\(m) and \(n)")
        let gq = gradients[0] ?? q.zerosLike()
        let gr = gradients[1] ?? r.zerosLike()
        if m >= n {
            let whole = r.matmul(gr.mT) - gq.mT.matmul(q)
            let symmetric = whole.tril() + whole.tril(-1).mT
            return [r.solveTriangular((gq + q.matmul(symmetric)).mT, upper: true).mT]
        }
        // A wide matrix: the square part decides Q, the rest is Qᵀ times it.
        let r1 = r.narrow(dim: -1, start: 0, length: m)
        let r2 = r.narrow(dim: -1, start: m, length: n - m)
        let gr1 = gr.narrow(dim: -1, start: 0, length: m)
        let gr2 = gr.narrow(dim: -1, start: m, length: n - m)
        let gq1 = gq + q.matmul(r2).matmul(gr2.mT)
        let whole = r1.matmul(gr1.mT) - gq1.mT.matmul(q)
        let symmetric = whole.tril() + whole.tril(-1).mT
        let left = r1.solveTriangular((gq1 + q.matmul(symmetric)).mT, upper: true).mT
        return [Tensor.cat([left, q.matmul(gr2)], dim: -1)]
    }
}

private struct SVD: TensorOperation {
    let full: Bool
    private var u: SavedOutput?
    private var s: SavedOutput?
    private var vh: SavedOutput?

    init(full: Bool) { self.full = full }

    var name: String { "svd" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let (m, n) = (x.shape[x.ndim - 2], x.shape[x.ndim - 1])
        let k = Swift.min(m, n)
        let lead = Array(x.shape.dropLast(2))
        let a = Matrices.columns(x)
        let u = Matrices.uninitialized(lead, m, full ? m : k, x.dtype)
        let s = Tensor(uninitialized: lead + [k], dtype: x.dtype)
        let vh = Matrices.uninitialized(lead, full ? n : k, n, x.dtype)
        let batch = Matrices.batch(x)
        var info = [Int32](repeating: 0, count: Swift.max(batch, 1))
        if k > 0 {
            mt_svd(
                x.dtype.kernel, Int64(batch), Int64(m), Int64(n), full, a.freshPointer,
                u.freshPointer, s.freshPointer, vh.freshPointer, &info)
        }
        if info.contains(where: { $0 != 0 }) {
            // Only matrices with NaN or infinities have no decomposition.
            return [u, s, vh].map { $0.fullLike(.nan) }
        }
        if needsGradient[0] {
            self.u = SavedOutput(u, index: 0)
            self.s = SavedOutput(s, index: 1)
            self.vh = SavedOutput(vh, index: 2)
        }
        return [u, s, vh]
    }

    /// Townsend, "Differentiating the singular value decomposition", 2016.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let u = u?.value, let s = s?.value, let vh = vh?.value else { return [nil] }
        precondition(
            !full || gradients[0] == nil && gradients[2] == nil,
            "svd: the vectors of a full decomposition have no gradient")
        let k = s.shape[s.ndim - 1]
        let (u1, vh1) = (
            u.narrow(dim: -1, start: 0, length: k), vh.narrow(dim: -2, start: 0, length: k)
        )
        var middle = (gradients[1] ?? s.zerosLike()).diagEmbed()
        let one = Tensor.eye(k, dtype: s.dtype)
        // 1 / (s_j² - s_i²), 0 on the diagonal.
        let squares = s.square()
        let gaps = squares.unsqueeze(-2) - squares.unsqueeze(-1) + one
        let f = (1 - one) / gaps
        var result = Tensor.zeros([], dtype: s.dtype)
        if let gu = gradients[0] {
            let inner = u1.mT.matmul(gu)
            middle = middle + f * (inner - inner.mT) * s.unsqueeze(-2)
            let scaled = gu / s.unsqueeze(-2)
            result = result + (scaled - u1.matmul(u1.mT.matmul(scaled))).matmul(vh1)
        }
        if let gv = gradients[2]?.mT {
            let inner = vh1.matmul(gv)
            middle = middle + s.unsqueeze(-1) * f * (inner - inner.mT)
            let scaled = gv / s.unsqueeze(-2)
            let apart = scaled - vh1.mT.matmul(vh1.matmul(scaled))
            result = result + u1.matmul(apart.mT)
        }
        return [result + u1.matmul(middle).matmul(vh1)]
    }
}

private struct SymmetricEigen: TensorOperation {
    private var values: SavedOutput?
    private var vectors: SavedOutput?

    var name: String { "eigh" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let n = x.shape[x.ndim - 1]
        let batch = Matrices.batch(x)
        let v = Matrices.columns(x)
        let w = Tensor(uninitialized: Array(x.shape.dropLast()), dtype: x.dtype)
        var info = [Int32](repeating: 0, count: Swift.max(batch, 1))
        if n > 0 {
            mt_symmetric_eigen(
                x.dtype.kernel, Int64(batch), Int64(n), false, v.freshPointer, w.freshPointer,
                &info)
        }
        // Only matrices with NaN or infinities have no decomposition.
        if info.contains(where: { $0 != 0 }) { return [w.fullLike(.nan), v.fullLike(.nan)] }
        if needsGradient[0] {
            values = SavedOutput(w, index: 0)
            vectors = SavedOutput(v, index: 1)
        }
        return [w, v]
    }

    /// Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008, section
    /// 3.1.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let w = values?.value, let v = vectors?.value else { return [nil] }
        var middle = (gradients[0] ?? w.zerosLike()).diagEmbed()
        if let gv = gradients[1] {
            let one = Tensor.eye(w.shape[w.ndim - 1], dtype: w.dtype)
            let gaps = w.unsqueeze(-2) - w.unsqueeze(-1) + one
            middle = middle + v.mT.matmul(gv) * ((1 - one) / gaps)
        }
        let result = v.matmul(middle).matmul(v.mT)
        return [(result + result.mT) * 0.5]
    }
}

private struct PseudoInverse: TensorOperation {
    let rcond: Double
    private var a: Tensor?
    private var output: SavedOutput?

    init(rcond: Double) { self.rcond = rcond }

    var name: String { "pinv" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (u, s, vh) = inputs[0].svd()
        let limit = s.count == 0 ? s : s.max(dims: [-1], keepDim: true) * rcond
        let inverses = Tensor.where(s.gt(limit), s.reciprocal(), Tensor.zeros([], dtype: s.dtype))
        let result = (vh.mT * inverses.unsqueeze(-2)).matmul(u.mT)
        if needsGradient[0] {
            a = inputs[0]
            output = SavedOutput(result)
        }
        return [result]
    }

    /// Golub and Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares problems", 1973.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let a, let p = output?.value else { return [nil] }
        let gt = g.mT
        let left = gt - a.matmul(p.matmul(gt))
        let right = gt - gt.matmul(p).matmul(a)
        return [
            left.matmul(p).matmul(p.mT) + p.mT.matmul(p).matmul(right)
                - p.mT.matmul(g).matmul(p.mT)
        ]
    }
}
