import Martlet
import MartletTesting
import Testing

@Suite("Borders and interpolation")
struct GridTests {
    private static let operations: FixtureOperations = [
        "border": { arguments in
            let pairs = try pairs(arguments)
            let mode = try #require(PaddingMode(rawValue: try arguments.string("mode")))
            return { [$0[0].pad(pairs, mode: mode)] }
        },
        "fill": { arguments in
            let pairs = try pairs(arguments)
            let value = arguments.has("value") ? try arguments.double("value") : 0.5
            return { [$0[0].pad(pairs, value: value)] }
        },
        "interpolate": { arguments in
            let mode = try #require(InterpolationMode(rawValue: try arguments.string("mode")))
            let align = arguments.has("align") ? try arguments.bool("align") : false
            if arguments.has("size") {
                let size = try arguments.ints("size")
                return { [$0[0].interpolate(size: size, mode: mode, alignCorners: align)] }
            }
            let factors = try arguments.doubles("factors")
            return { [$0[0].interpolate(scaleFactor: factors, mode: mode, alignCorners: align)] }
        },
        "pixelShuffle": { arguments in
            let factor = try arguments.int("factor")
            return { [$0[0].pixelShuffle(factor)] }
        },
        "pixelUnshuffle": { arguments in
            let factor = try arguments.int("factor")
            return { [$0[0].pixelUnshuffle(factor)] }
        },
        "channelShuffle": { arguments in
            let groups = try arguments.int("groups")
            return { [$0[0].channelShuffle(groups: groups)] }
        },
    ]

    private static func pairs(_ arguments: FixtureArguments) throws -> [(Int, Int)] {
        let amounts = try arguments.ints("amounts")
        return stride(from: 0, to: amounts.count, by: 2).map { (amounts[$0], amounts[$0 + 1]) }
    }

    @Test(
        arguments: try fixtures("borders") + fixtures("interpolation") + fixtures("shuffles"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(GridTests.operations, atol: 2e-6)
    }

    @Test func interpolationTakesAnothersSize() {
        let (x, other) = (numbers([2, 3, 4, 5]), numbers([7, 1, 9, 6]))
        let leaves = [x.requiringGrad(), x.requiringGrad(), other.requiringGrad()]
        let like = leaves[0].interpolate(like: leaves[2], mode: .bilinear)
        let sized = leaves[1].interpolate(size: [9, 6], mode: .bilinear)
        expectClose(like, sized, rtol: 0, atol: 0)
        for y in [like, sized] { y.square().sum().backward() }
        expectClose(leaves[0].grad ?? x, leaves[1].grad ?? other, rtol: 0, atol: 0)
        #expect(leaves[2].grad == nil)
    }

    @Test func layoutsAreKept() {
        let x = numbers([2, 8, 5, 6]).channelsLast()
        let results = [
            x.pad([(1, 1), (2, 0)], mode: .reflect), x.pad([(1, 2)]),
            x.interpolate(scaleFactor: 2, mode: .bilinear), x.pixelShuffle(2),
            x.pixelShuffle(2).pixelUnshuffle(2), x.channelShuffle(groups: 2),
        ]
        for y in results { #expect(y.isChannelsLast && !y.isContiguous) }
        #expect(x.contiguous().interpolate(scaleFactor: 2).isContiguous)
    }

    @Test func otherTypesPadAndInterpolateToo() {
        let whole = Tensor([[[1, 2, 3]]].flatMap { $0 })
        #expect(whole.pad([(1, 2)], mode: .circular).array(as: Int.self) == [3, 1, 2, 3, 1, 2])
        #expect(
            whole.to(.uint8).pad([(2, 0)], mode: .reflect).array(as: Int.self) == [3, 2, 1, 2, 3])
        var generator = Generator(seed: 6)
        let x = Tensor.randn([1, 3, 4, 5], generator: &generator)
        for dtype in [DType.float16, .bfloat16] {
            let y = x.to(dtype).interpolate(scaleFactor: 1.5, mode: .bilinear).to(.float32)
            expectClose(y, x.interpolate(scaleFactor: 1.5, mode: .bilinear), rtol: 0.02, atol: 0.02)
        }
    }

    @Test func thirtyTwoBitCellsAreFoundAsPyTorchFindsThem() {
        // 10 * 0.7 is below 7 in double precision and 7 in single.
        let x = Tensor.arange(21, dtype: .float32).reshape([1, 1, 21])
        let y = x.interpolate(size: [30])
        #expect(
            y.array(as: Int.self)[10] == Int((Float(10) * (Float(21) / Float(30))).rounded(.down)))
    }

    @Test func resultsDoNotDependOnThreads() {
        let x = numbers([3, 5, 40, 41])
        let results = onThreads([1, 2, 7]) {
            [x, x.channelsLast()].flatMap { x in
                let leaf = x.requiringGrad()
                let y = leaf.interpolate(size: [77, 83], mode: .bicubic)
                    .pad([(3, 3), (2, 5)], mode: .reflect)
                y.square().sum().backward()
                return [y.detach(), leaf.grad ?? leaf]
            }
        }
        for other in results.dropFirst() {
            for (a, b) in zip(other, results[0]) { expectClose(a, b, rtol: 0, atol: 0) }
        }
        expectClose(results[0][0], results[0][2], rtol: 0, atol: 0)
    }
}
