import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Dropout")
struct DropoutTests {
    private func training() -> Context { .training(generator: Generator(seed: 12)) }

    @Test func wholeChannelsAreDropped() {
        let shapes = [[20, 30, 4], [20, 30, 2, 2], [20, 30, 2, 1, 2]]
        let layers: [any Layer] = [Dropout1d(0.3), Dropout2d(0.3), Dropout3d(0.3)]
        for (shape, layer) in zip(shapes, layers) {
            let x = Tensor.ones(shape).requiringGrad()
            let y = layer(x, training())
            let cells = y.detach().reshape([600, 4])
            expectClose(cells.max(dims: [1]), cells.min(dims: [1]), rtol: 0, atol: 0)
            let kept = cells.select(dim: 1, index: 0).array(as: Float.self)
            #expect(kept.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
            let share = Double(kept.filter { $0 > 0 }.count) / 600
            #expect(abs(share - 0.7) < 0.06)
            y.sum().backward()
            expectClose(x.grad ?? x, y.detach())
        }
    }

    @Test func alphaDropoutKeepsMeanAndVariance() {
        var generator = Generator(seed: 13)
        let x = Tensor.randn([500, 400], generator: &generator)
        for p in [0.1, 0.5] {
            for layer in [AlphaDropout(p), FeatureAlphaDropout(p)] as [any Layer] {
                let y = layer(x, training())
                #expect(abs(y.mean().item(as: Double.self)) < 0.02)
                #expect(abs(y.std().item(as: Double.self) - 1) < 0.02)
            }
        }
        let whole = FeatureAlphaDropout(0.5)(Tensor.ones([50, 20, 3]), training())
        expectClose(whole.max(dims: [2]), whole.min(dims: [2]), rtol: 0, atol: 0)
        #expect(Set(whole.array(as: Float.self)).count == 2)
        let kept = AlphaDropout(0.5)(x.requiringGrad(), training())
        #expect(kept.detach().isFinite().all().item(as: Bool.self))
    }

    @Test func certainDropoutGivesZeros() {
        for layer in [Dropout2d(1), AlphaDropout(1), FeatureAlphaDropout(1)] as [any Layer] {
            let y = layer(Tensor.ones([1, 2, 3, 3]), training())
            expectClose(y, Tensor.zeros([1, 2, 3, 3]))
        }
    }

    @Test func randomSlopesLieBetweenTheirBounds() {
        let x = Tensor.full([50, 40], -2).requiringGrad()
        let y = RReLU(lower: 0.1, upper: 0.4)(x, training())
        let slopes = (y.detach() / -2).array(as: Float.self)
        #expect(slopes.allSatisfy { $0 >= 0.1 && $0 <= 0.4 })
        #expect(abs(slopes.reduce(0, +) / 2000 - 0.25) < 0.01)
        y.sum().backward()
        expectClose(x.grad ?? x, y.detach() / -2)
        expectClose(RReLU()(Tensor.ones([3]), training()), Tensor.ones([3]))
    }

    @Test func dropoutDoesNotDependOnThreads() {
        let x = Tensor.ones([40, 30, 20, 10])
        let results = onThreads([1, 3]) {
            [Dropout2d(0.5)(x, training()), AlphaDropout(0.5)(x, training())]
        }
        for (a, b) in zip(results[0], results[1]) { expectClose(a, b, rtol: 0, atol: 0) }
    }
}
