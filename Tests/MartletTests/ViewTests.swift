import Martlet
import MartletTesting
import Testing

@Suite("Views and joins")
struct ViewTests {
    private static let operations: FixtureOperations = [
        "reshape": { arguments in
            let shape = try arguments.ints("shape")
            guard arguments.has("expanded") else { return { [$0[0].reshape(shape)] } }
            let expanded = try arguments.ints("expanded")
            return { [$0[0].expand(expanded).reshape(shape)] }
        },
        "flatten": { arguments in
            let dims = try arguments.ints("dims")
            return { [$0[0].flatten(from: dims[0], to: dims[1])] }
        },
        "permute": { arguments in
            let dims = try arguments.ints("dims")
            return { [$0[0].permute(dims)] }
        },
        "transpose": { arguments in
            let dims = try arguments.ints("dims")
            return { [$0[0].transpose(dims[0], dims[1])] }
        },
        "slice": { arguments in
            let dim = try arguments.int("dim")
            let (start, end) = (try arguments.int("start"), try arguments.int("end"))
            let step = try arguments.int("step")
            return { [$0[0].slice(dim: dim, from: start, to: end, step: step)] }
        },
        "select": { arguments in
            let (dim, index) = (try arguments.int("dim"), try arguments.int("index"))
            return { [$0[0].select(dim: dim, index: index)] }
        },
        "flip": { arguments in
            let dims = try arguments.ints("dims")
            return { [$0[0].flip(dims)] }
        },
        "squeeze": { arguments in
            let dim = arguments.has("dim") ? try arguments.int("dim") : nil
            return { [$0[0].squeeze(dim)] }
        },
        "unsqueeze": { arguments in
            let dim = try arguments.int("dim")
            return { [$0[0].unsqueeze(dim)] }
        },
        "expand": { arguments in
            let shape = try arguments.ints("shape")
            return { [$0[0].expand(shape)] }
        },
        "cat": { arguments in
            let dim = try arguments.int("dim")
            return { [Tensor.cat($0, dim: dim)] }
        },
        "stack": { arguments in
            let dim = try arguments.int("dim")
            return { [Tensor.stack($0, dim: dim)] }
        },
        "split": { arguments in
            let (sizes, dim) = (try arguments.ints("sizes"), try arguments.int("dim"))
            return { $0[0].split(sizes: sizes, dim: dim) }
        },
        "chunk": { arguments in
            let (count, dim) = (try arguments.int("count"), try arguments.int("dim"))
            return { $0[0].chunk(count, dim: dim) }
        },
        "pad": { arguments in
            let amounts = try arguments.ints("amounts")
            let value = try arguments.double("value")
            let pairs = stride(from: 0, to: amounts.count, by: 2).map {
                (amounts[$0], amounts[$0 + 1])
            }
            return { [$0[0].pad(pairs, value: value)] }
        },
    ]

    @Test(arguments: try fixtures("views"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ViewTests.operations, secondDerivatives: true)
    }

    private let x = Tensor.arange(24).reshape([2, 3, 4])

    @Test func subscriptsAreNumPys() {
        #expect(x[0].shape == [3, 4])
        #expect(x[1, 2, 3].item(as: Int.self) == 23)
        #expect(x[-1, 0...1, 1..<3].array(as: Int.self) == [13, 14, 17, 18])
        #expect(x[.ellipsis, 0].array(as: Int.self) == [0, 4, 8, 12, 16, 20])
        #expect(x[.all, .newAxis].shape == [2, 1, 3, 4])
        #expect(x[0, 0, .stride(by: 2)].array(as: Int.self) == [0, 2])
        #expect(x[0, 1..., ...1].array(as: Int.self) == [4, 5, 8, 9])
    }

    @Test func assigningToAPartChangesThatPartAlone() {
        var y = x
        y[0, 1] = Tensor(7)
        y[.ellipsis, 3] = Tensor([[1, 2, 3], [4, 5, 6]])
        #expect(x.array(as: Int.self) == Array(0..<24))
        #expect(y[0].array(as: Int.self) == [0, 1, 2, 1, 7, 7, 7, 2, 8, 9, 10, 3])
        #expect(y[1, 2].array(as: Int.self) == [20, 21, 22, 6])
    }

    @Test func assigningAnOverlappingPartReadsItFirst() {
        var y = Tensor([1, 2, 3, 4])
        y[1..<4] = y[0..<3]
        #expect(y.array(as: Int.self) == [1, 1, 2, 3])
    }

    @Test func layoutsKeepValuesAndGradients() {
        let images = numbers([2, 3, 4, 5])
        let last = images.channelsLast()
        #expect(last.isChannelsLast && !last.isContiguous)
        expectClose(last, images, rtol: 0, atol: 0)
        #expect(last.contiguous().isContiguous)
        gradcheck(images) { $0[0].channelsLast().contiguous() * $0[0].channelsLast() }
    }
}
