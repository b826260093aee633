import Martlet
import MartletTesting
import Testing

@Suite("Random tensors", .serialized)
struct RandomTests {
    @Test func seedsRepeat() {
        manualSeed(3)
        let a = [
            Tensor.rand([4]), Tensor.randn([4]), Tensor.randint(0..<9, [4]), Tensor.randperm(4),
        ]
        manualSeed(3)
        let b = [
            Tensor.rand([4]), Tensor.randn([4]), Tensor.randint(0..<9, [4]), Tensor.randperm(4),
        ]
        for (x, y) in zip(a, b) { expectClose(x, y, rtol: 0, atol: 0) }
        expectDifferent(Tensor.rand([4]), a[0])
    }

    private func expectDifferent(_ a: Tensor, _ b: Tensor) {
        #expect(difference(a, b, rtol: 0, atol: 0) != nil)
    }

    @Test func bernoulliFollowsItsProbabilities() {
        var generator = Generator(seed: 1)
        let p = Tensor([0.0, 0.25, 1.0]).unsqueeze(1).expand([3, 40_000])
        let means = p.bernoulli(generator: &generator).mean(dims: [1]).array(as: Double.self)
        #expect(means[0] == 0 && means[2] == 1 && abs(means[1] - 0.25) < 0.01)
    }

    @Test func normalHasTheTensorsMomentsAndGradients() {
        var generator = Generator(seed: 2)
        let mean = Tensor([0.0, 5.0]).unsqueeze(1).requiringGrad()
        let std = Tensor([1.0, 0.1]).unsqueeze(1).expand([2, 40_000])
        let x = Tensor.normal(mean: mean, std: std, generator: &generator)
        expectClose(x.detach().mean(dims: [1]), Tensor([0.0, 5.0]), rtol: 0, atol: 0.03)
        expectClose(x.detach().std(dims: [1]), Tensor([1.0, 0.1]), rtol: 0.03)
        x.sum().backward()
        expectClose(mean.grad ?? Tensor(0), Tensor([[40_000.0], [40_000]]))
    }

    @Test(arguments: [true, false])
    func multinomialFollowsItsWeights(replacement: Bool) {
        var generator = Generator(seed: 3)
        let weights = Tensor([1.0, 0, 3]).unsqueeze(0).expand([20_000, 3])
        let places = weights.multinomial(
            replacement ? 5 : 2, replacement: replacement, generator: &generator)
        #expect(!places.eq(1).any().item(as: Bool.self))
        let first = places.select(dim: 1, index: 0).eq(2).to(.float64).mean().item(as: Double.self)
        #expect(abs(first - 0.75) < 0.015)
        if !replacement {
            let (a, b) = (places.select(dim: 1, index: 0), places.select(dim: 1, index: 1))
            #expect(!a.eq(b).any().item(as: Bool.self))
        }
    }
}
