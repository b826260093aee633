import Martlet
import MartletTesting
import Testing

@Suite("Random numbers")
struct GeneratorTests {
    @Test func numbersDoNotDependOnThreads() {
        let draws = onThreads([1, 2, 3]) {
            var generator = Generator(seed: 7)
            return [
                Tensor.rand([100_001], generator: &generator),
                Tensor.randn([100_001], generator: &generator),
                Tensor.randint(0..<1000, [100_001], generator: &generator),
                Tensor.randperm(10_000, generator: &generator),
                Tensor.ones([100_001]).dropout(0.3, generator: &generator),
            ]
        }
        for other in draws.dropFirst() {
            for (a, b) in zip(draws[0], other) { expectClose(a, b, rtol: 0, atol: 0) }
        }
    }

    @Test func eachNumberDependsOnItsPlaceAlone() {
        var whole = Generator(seed: 3)
        var parts = Generator(seed: 3)
        let together = Tensor.randn([1000], dtype: .float64, generator: &whole)
        let apart = Tensor.cat(
            [1, 2, 397, 600].map { Tensor.randn([$0], dtype: .float64, generator: &parts) })
        expectClose(together, apart, rtol: 0, atol: 0)
        #expect(whole == parts)
    }

    @Test func streamsDiffer() {
        let root = Generator(seed: 1)
        func first(_ generator: Generator) -> Double {
            var generator = generator
            return generator.uniform()
        }
        let draws = [
            root, root.stream("a"), root.stream("b"), root.stream("a", 1), root.stream("a", 1, 2),
            root.stream("a", 2, 1), Generator(seed: 2), root.stream("a").stream("a"),
        ].map(first)
        #expect(Set(draws).count == draws.count)
        #expect(first(root.stream("a", 1)) == first(Generator(seed: 1).stream("a", 1)))
    }

    @Test func distributionsHaveTheirMoments() {
        var generator = Generator(seed: 11)
        let n = 1 << 20
        let uniform = Tensor.rand([n], low: -1, high: 3, dtype: .float64, generator: &generator)
        let normal = Tensor.randn([n], mean: 2, std: 0.5, dtype: .float64, generator: &generator)
        func mean(_ x: Tensor) -> Double { x.mean().item(as: Double.self) }
        // Five standard errors.
        #expect(abs(mean(uniform) - 1) < 5 * 1.155 / 1024)
        #expect(abs(mean((uniform - 1).square()) - 4.0 / 3) < 0.01)
        #expect(abs(mean(normal) - 2) < 5 * 0.5 / 1024)
        #expect(abs(mean((normal - 2).square()) - 0.25) < 0.003)
        #expect(abs(mean(((normal - 2) * 2).pow(4.0)) - 3) < 0.05)
        #expect(uniform.min().item(as: Double.self) >= -1)
        #expect(uniform.max().item(as: Double.self) < 3)
        let counts = Tensor.randint(0..<7, [70_000], generator: &generator)
            .oneHot(classes: 7).sum(dims: [0]).array(as: Double.self)
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    }

    @Test func permutationsHoldEachNumberOnce() {
        var generator = Generator(seed: 5)
        let order = generator.permutation(1000)
        #expect(order.sorted() == Array(0..<1000) && order != Array(0..<1000))
        #expect(generator.permutation(0).isEmpty)
    }

    @Test func dropoutScalesWhatItKeepsAndPassesItsGradient() {
        var generator = Generator(seed: 2)
        let x = Tensor.ones([100_000]).requiringGrad()
        let y = x.dropout(0.25, generator: &generator)
        let kept = y.ne(0).to(.float32).mean().item()
        #expect(abs(kept - 0.75) < 0.01)
        expectClose(y.max().detach(), Tensor(Float(1 / 0.75)))
        y.sum().backward()
        expectClose(x.grad ?? x, y.detach(), rtol: 0, atol: 0)
        // What is dropped depends on the layout in memory; the gradient must follow it.
        let images = numbers([2, 3, 4, 5], low: 1, high: 2)
        for layout in TensorLayout.allCases {
            let leaf = layout.apply(images).requiringGrad()
            let dropped = leaf.dropout(0.5, generator: &generator)
            (dropped * images).sum().backward()
            expectClose(leaf.grad ?? leaf, dropped.detach(), layout.rawValue)
        }
    }
}
