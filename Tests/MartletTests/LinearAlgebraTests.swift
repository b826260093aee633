import Martlet
import MartletTesting
import Testing

@Suite("Linear algebra")
struct LinearAlgebraTests {
    /// Of a matrix made symmetric.
    private static func symmetric(
        _ function: @escaping @Sendable (Tensor) throws -> [Tensor]
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { _ in { inputs in valid { try function((inputs[0] + inputs[0].mT) * 0.5) } } }
    }

    private static let operations: FixtureOperations = [
        "dot": two { $0.dot($1) }, "outer": two { $0.outer($1) },
        "vecdot": two { $0.vecdot($1) }, "bmm": two { $0.bmm($1) },
        "cross": two { $0.cross($1) }, "kron": two { $0.kron($1) },
        "addmm": { _ in { [$0[0].addmm($0[1], $0[2], beta: 0.5, alpha: 2)] } },
        "tensordot": two { $0.tensordot($1, dims: ([1, 2], [1, 0])) },
        "multiDot": { _ in { [Tensor.multiDot($0)] } },
        "matrixPower": { arguments in
            let exponent = try arguments.int("exponent")
            return { inputs in valid { [try inputs[0].matrixPower(exponent)] } }
        },
        "matrixExp": one { $0.matrixExp() },
        "inverse": { _ in { inputs in valid { [try inputs[0].inverse()] } } },
        "det": one { $0.det() }, "slogdet": one { $0.slogdet().logAbsDet },
        "logdet": one { $0.logdet() },
        "cholesky": symmetric { [try $0.cholesky()] },
        "choleskyUpper": symmetric { [try $0.cholesky(upper: true)] },
        "choleskySolve": two { $1.tril().choleskySolve($0) },
        "solve": { _ in { inputs in valid { [try inputs[0].solve(inputs[1])] } } },
        "solveTriangular": { arguments in
            let (upper, unit) = (try arguments.bool("upper"), try arguments.bool("unit"))
            return { [$0[0].solveTriangular($0[1], upper: upper, unitDiagonal: unit)] }
        },
        "lu": { _ in
            { inputs in
                let (_, l, u) = inputs[0].lu()
                return [l, u]
            }
        },
        "luProduct": { _ in
            { inputs in
                let (p, l, u) = inputs[0].lu()
                return [p.matmul(l).matmul(u)]
            }
        },
        "qr": { _ in
            { inputs in
                let (q, r) = inputs[0].qr()
                return [q.abs(), r.abs()]
            }
        },
        "qrComplete": { _ in
            { inputs in
                let (q, r) = inputs[0].qr(complete: true)
                return [q.abs(), r.abs()]
            }
        },
        "svd": { _ in
            { inputs in
                let (u, s, vh) = inputs[0].svd()
                return [u.abs(), s.abs(), vh.abs()]
            }
        },
        "svdvals": one { $0.svdvals() }, "pinv": one { $0.pinv() },
        "lstsq": two { $0.lstsq($1) },
        "eigh": symmetric {
            let (values, vectors) = $0.eigh()
            return [values.abs(), vectors.abs()]
        },
        "eigvalsh": symmetric { [$0.eigvalsh()] },
        "eigvals": { _ in
            { inputs in
                valid {
                    let values = try inputs[0].eigvals()
                    let real = values.real.array(as: Double.self)
                    let imaginary = values.imaginary.array(as: Double.self)
                    let sorted = zip(real, imaginary).sorted { $0 < $1 }
                    return [Tensor(sorted.map(\.0)), Tensor(sorted.map(\.1))]
                }
            }
        },
        "matrixNorm": { arguments in
            let kinds: [String: Tensor.MatrixNorm] = [
                "frobenius": .frobenius, "nuclear": .nuclear, "one": .one, "minusOne": .minusOne,
                "infinity": .infinity, "minusInfinity": .minusInfinity, "two": .two,
                "minusTwo": .minusTwo,
            ]
            let kind = try #require(kinds[try arguments.string("kind")])
            return { [$0[0].matrixNorm(kind)] }
        },
        "matrixRank": one { $0.matrixRank() }, "cond": one { $0.cond() },
    ]

    @Test(arguments: try fixtures("linalg"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(
            LinearAlgebraTests.operations, rtol: 1e-5, atol: 1e-6, halfPrecision: .unchecked)
    }

    @Test func decompositionsMultiplyBack() throws {
        let x = numbers([2, 4, 3])
        let (q, r) = x.qr()
        expectClose(q.matmul(r), x, atol: 1e-12)
        let (u, s, vh) = x.svd(full: true)
        expectClose(
            u.narrow(dim: -1, start: 0, length: 3).matmul(s.diagEmbed()).matmul(vh), x, atol: 1e-12)
        expectClose(u.matmul(u.mT), Tensor.eye(4, dtype: .float64).expand([2, 4, 4]), atol: 1e-12)
        let square = numbers([3, 3])
        let (values, vectors) = try square.eig()
        let left = ComplexTensor(square).matmul(vectors)
        let right = vectors * values.map { $0.unsqueeze(0).expand([3, 3]) }
        expectClose(left.real, right.real, atol: 1e-12)
        expectClose(left.imaginary, right.imaginary, atol: 1e-12)
    }

    @Test func whatDoesNotExistIsAnError() throws {
        let singular = Tensor([[1.0, 2], [2, 4]])
        #expect(throws: LinearAlgebraError.self) { try singular.inverse() }
        #expect(throws: LinearAlgebraError.self) { try singular.solve(Tensor([1.0, 2])) }
        let error = #expect(throws: LinearAlgebraError.self) {
            try Tensor.stack([Tensor.eye(2), -Tensor.eye(2)]).cholesky()
        }
        #expect(error?.matrix == 1 && error?.description.contains("positive definite") == true)
        let (sign, logAbsDet) = singular.slogdet()
        #expect(sign.item(as: Double.self) == 0 && logAbsDet.item(as: Double.self) == -.infinity)
    }

    /// PyTorch's is 0 there.
    @Test func theDeterminantOfASingularMatrixHasItsGradient() {
        gradcheck(Tensor([[1.0, 2], [2, 4]])) { $0[0].det() }
        gradcheck(Tensor([[1.0, 2, 3], [2, 4, 6], [0, 1, 1]])) { $0[0].det() }
    }

    @Test func emptyMatricesWork() throws {
        let none = Tensor.zeros([0, 3, 3])
        #expect(try none.inverse().shape == [0, 3, 3])
        #expect(none.det().shape == [0] && none.svdvals().shape == [0, 3])
        #expect(Tensor.zeros([2, 0, 0]).det().array(as: Float.self) == [1, 1])
    }

    @Test func resultsDoNotDependOnThreads() {
        let x = numbers([5, 20, 20], seed: 4)
        let results = onThreads([1, 2, 3]) { [x.svd().u, x.qr().q, x.det(), x.fft().real] }
        for other in results.dropFirst() {
            for (a, b) in zip(results[0], other) { expectClose(a, b, rtol: 0, atol: 0) }
        }
    }

    @Test func principalComponentsOfLowRankDataAreExact() {
        var generator = Generator(seed: 5)
        let x = numbers([30, 3], seed: 6).matmul(numbers([3, 8], seed: 7))
        let (u, s, v) = x.pcaLowRank(rank: 3, generator: &generator)
        let centred = x - x.mean(dims: [0], keepDim: true)
        expectClose((u * s).matmul(v.mT), centred, rtol: 1e-9, atol: 1e-9)
        expectClose(s, centred.svdvals().narrow(dim: 0, start: 0, length: 3), rtol: 1e-9)
    }
}

/// What a throwing function gives, or nothing: the comparison then fails.
func valid(_ body: () throws -> [Tensor]) -> [Tensor] {
    do {
        return try body()
    } catch {
        Issue.record(error)
        return []
    }
}
