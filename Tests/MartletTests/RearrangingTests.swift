import Martlet
import MartletTesting
import Testing

@Suite("Rearranging")
struct RearrangingTests {
    private static let operations: FixtureOperations = [
        "repeated": { arguments in
            let counts = try arguments.ints("counts")
            return { [$0[0].repeated(counts)] }
        },
        "tile": { arguments in
            let counts = try arguments.ints("counts")
            return { [$0[0].tile(counts)] }
        },
        "repeatInterleave": { arguments in
            let (count, dim) = (try arguments.int("count"), try arguments.dim())
            return { [$0[0].repeatInterleave(count, dim: dim)] }
        },
        "repeatInterleaveCounts": { arguments in
            let dim = try arguments.dim()
            return { [$0[0].repeatInterleave($0[1], dim: dim)] }
        },
        "roll": { arguments in
            let (shifts, dims) = (try arguments.ints("shifts"), try arguments.dims())
            return { [$0[0].roll(shifts, dims: dims)] }
        },
        "rot90": { arguments in
            let (quarters, dims) = (try arguments.int("quarters"), try arguments.pair("dims"))
            return { [$0[0].rot90(quarters, dims: dims)] }
        },
        "movedim": { arguments in
            let (source, target) = (try arguments.ints("source"), try arguments.ints("target"))
            return { [$0[0].movedim(source, to: target)] }
        },
        "movedimOne": { arguments in
            let (source, target) = (try arguments.int("source"), try arguments.int("target"))
            return { [$0[0].movedim(source, to: target)] }
        },
        "unbind": { arguments in
            let dim = try arguments.int("dim")
            return { $0[0].unbind(dim: dim) }
        },
        "unflatten": { arguments in
            let (dim, sizes) = (try arguments.int("dim"), try arguments.ints("sizes"))
            return { [$0[0].unflatten(dim: dim, sizes)] }
        },
        "unfold": { arguments in
            let dim = try arguments.int("dim")
            let (size, step) = (try arguments.int("size"), try arguments.int("step"))
            return { [$0[0].unfold(dim: dim, size: size, step: step)] }
        },
        "view": { arguments in
            let shape = try arguments.ints("shape")
            return { [$0[0].contiguous().view(shape)] }
        },
        "transposeOfNone": one { $0.transpose(0, -1) }, "T": one { $0.T },
        "flip": { arguments in
            let dims = try arguments.ints("dims")
            return { [$0[0].flip(dims)] }
        },
        "squeezeDim": { arguments in
            let dim = try arguments.int("dim")
            return { [$0[0].squeeze(dim)] }
        },
        "narrow": { arguments in
            let (dim, start) = (try arguments.int("dim"), try arguments.int("start"))
            let length = try arguments.int("length")
            return { [$0[0].narrow(dim: dim, start: start, length: length)] }
        },
        "select": { arguments in
            let (dim, index) = (try arguments.int("dim"), try arguments.int("index"))
            return { [$0[0].select(dim: dim, index: index)] }
        },
        "tril": { arguments in
            let diagonal = try arguments.int("diagonal")
            return { [$0[0].tril(diagonal)] }
        },
        "triu": { arguments in
            let diagonal = try arguments.int("diagonal")
            return { [$0[0].triu(diagonal)] }
        },
        "diagonal": { arguments in
            let (offset, dims) = (try arguments.int("offset"), try arguments.ints("dims"))
            return { [$0[0].diagonal(offset: offset, dim1: dims[0], dim2: dims[1])] }
        },
        "diag": { arguments in
            let offset = try arguments.int("offset")
            return { [$0[0].diag(offset)] }
        },
        "diagEmbed": { arguments in
            let offset = try arguments.int("offset")
            return { [$0[0].diagEmbed(offset: offset)] }
        },
        "trace": one { $0.trace() },
        "blockDiag": many { [Tensor.blockDiag($0)] },
        "kron": two { $0.kron($1) },
        "meshgrid": { arguments in
            let name = try arguments.string("indexing")
            let indexing = try #require(GridIndexing(rawValue: name))
            return { Tensor.meshgrid($0, indexing: indexing) }
        },
        "broadcast": many { Tensor.broadcast($0) },
        "cat": { arguments in
            let dim = try arguments.int("dim")
            return { [Tensor.cat($0, dim: dim)] }
        },
        "stack": { arguments in
            let dim = try arguments.int("dim")
            return { [Tensor.stack($0, dim: dim)] }
        },
        "splitSize": { arguments in
            let (size, dim) = (try arguments.int("size"), try arguments.int("dim"))
            return { $0[0].split(size: size, dim: dim) }
        },
        "chunk": { arguments in
            let (count, dim) = (try arguments.int("count"), try arguments.int("dim"))
            return { $0[0].chunk(count, dim: dim) }
        },
        "tensorSplit": { arguments in
            let (count, dim) = (try arguments.int("count"), try arguments.int("dim"))
            return { $0[0].tensorSplit(count, dim: dim) }
        },
        "einsum": { arguments in
            let equation = try arguments.string("equation")
            return { [Tensor.einsum(equation, $0)] }
        },
    ]

    @Test(arguments: try fixtures("rearranging"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(RearrangingTests.operations, secondDerivatives: true)
    }

    @Test(arguments: try fixtures("einsum"))
    func sumsOfProductsAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(RearrangingTests.operations, secondDerivatives: true)
    }

    @Test func einsumTakesOperandsOneByOne() {
        let (a, b) = (numbers([2, 3]), numbers([3, 2], seed: 2))
        expectClose(Tensor.einsum("ij,jk->ik", a, b), a.matmul(b))
    }
}
