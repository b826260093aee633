import Martlet
import MartletTesting
import Testing

/// What works on the lines of a dimension: wherever they lie in memory, however long they are, whatever their type.
@Suite("Lines")
struct LineTests {
    @Test(arguments: try fixtures("lines"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let operations = OrderTests.operations.merging(StatisticsTests.operations) { own, _ in own }
        try fixture.check(
            operations, secondDerivatives: true,
            doublePrecision: fixture.operation != "histc",
            halfPrecision: OrderTests.inHalf(fixture.operation))
    }

    /// Lines that are sorted at once, and such that are not; with hardly any equals, with many, with nothing but equals.
    private static let lines: [(length: Int, numbers: Int)] = [
        (1, 5), (7, 3), (96, 40), (97, 40), (700, 1000), (700, 30), (700, 2), (700, 1), (5000, 9),
    ]

    @Test(arguments: DType.allCases, lines)
    func selectionAgreesWithSorting(_ dtype: DType, _ line: (length: Int, numbers: Int)) {
        var generator = Generator(seed: 3)
        let (n, shape) = (line.length, [3, line.length, 2])
        let x = (Tensor.randint(0..<line.numbers, shape, generator: &generator) - line.numbers / 2)
            .to(dtype)
        let sorted = x.sort(dim: 1)
        // Equals keep their order, so that the places tell whether it is the order.
        let places = sorted.indices.to(.float64)
        let rises = sorted.values.to(.float64).diff(dim: 1)
        #expect(rises.ge(0).all().item(as: Bool.self))
        let kept = rises.gt(0).logicalOr(places.diff(dim: 1).gt(0))
        #expect(kept.all().item(as: Bool.self))
        expectClose(x.gather(dim: 1, sorted.indices), sorted.values, rtol: 0, atol: 0)

        for k in Set([1, (n + 1) / 2, n]) {
            let (value, place) = x.kthvalue(k, dim: 1)
            expectClose(value, sorted.values.select(dim: 1, index: k - 1), rtol: 0, atol: 0)
            expectClose(place, sorted.indices.select(dim: 1, index: k - 1), rtol: 0, atol: 0)
            let (values, least) = x.topk(k, dim: 1, largest: false)
            expectClose(values, sorted.values.slice(dim: 1, to: k), rtol: 0, atol: 0)
            expectClose(least, sorted.indices.slice(dim: 1, to: k), rtol: 0, atol: 0)
            let falling = x.sort(dim: 1, descending: true)
            let greatest = x.topk(k, dim: 1)
            expectClose(greatest.values, falling.values.slice(dim: 1, to: k), rtol: 0, atol: 0)
            expectClose(greatest.indices, falling.indices.slice(dim: 1, to: k), rtol: 0, atol: 0)
        }
        let middle = sorted.values.select(dim: 1, index: (n - 1) / 2)
        expectClose(x.median(dim: 1).values, middle, rtol: 0, atol: 0)

        guard n < 100 else { return }
        let mode = x.mode(dim: 1, keepDim: true)
        let times = x.unsqueeze(2).eq(x.unsqueeze(1)).sum(dims: [2])
        expectClose(
            times.gather(dim: 1, mode.indices), times.max(dims: [1], keepDim: true), rtol: 0,
            atol: 0)
        expectClose(x.gather(dim: 1, mode.indices), mode.values, rtol: 0, atol: 0)
    }

    @Test func oneNaNIsTheMedian() {
        var generator = Generator(seed: 5)
        var x = Tensor.randn([3, 500], generator: &generator)
        x[1, 400] = Tensor(Float.nan)
        let (values, places) = x.median(dim: 1)
        #expect(values.isNaN().array(as: Bool.self) == [false, true, false])
        #expect(places.array(as: Int.self)[1] == 400)
        #expect(x.median().item().isNaN)
        #expect(x.quantile([0.1, 0.9], dim: 1)[.all, 1].isNaN().all().item(as: Bool.self))
    }

    @Test func whatIsCountedDoesNotDependOnThreads() {
        var generator = Generator(seed: 6)
        let x = Tensor.randn([3, 100_000], generator: &generator)
        let numbers = Tensor.randint(0..<100, [300_000], generator: &generator)
        let mask = x.gt(0)
        let found = onThreads([1, 2, 3]) {
            [
                x.histc(bins: 20), numbers.bincount(), mask.nonzero(), x[mask],
                mask.countNonzero(), x.cummax(dim: 0).indices, x.logCumSumExp(dim: 1),
                x.sort(dim: 0).indices, numbers.unique().inverse,
            ]
        }
        for others in found.dropFirst() {
            for (a, b) in zip(others, found[0]) { expectClose(a, b, rtol: 0, atol: 0) }
        }
        let held = mask.countNonzero().item(as: Int.self)
        #expect(held == mask.to(.int64).sum().item(as: Int.self))
        #expect(numbers.bincount().sum().item(as: Int.self) == 300_000)
        let counts = Tensor.arange(100).unsqueeze(1).eq(numbers.unsqueeze(0)).sum(dims: [1])
        expectClose(numbers.bincount(), counts, rtol: 0, atol: 0)
        let (rows, columns) = (
            mask.nonzero().select(dim: 1, index: 0), mask.nonzero().select(dim: 1, index: 1)
        )
        expectClose(x[mask], x.reshape([-1]).take(rows * 100_000 + columns), rtol: 0, atol: 0)
        expectClose(x.T[mask.T], x.T.contiguous()[mask.T.contiguous()], rtol: 0, atol: 0)
    }
}
