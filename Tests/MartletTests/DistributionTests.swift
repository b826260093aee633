import Martlet
import MartletTesting
import Testing

@Suite("Distributions")
struct DistributionTests {
    /// Any of them, from its parameters.
    private static func make(_ kind: String, _ p: [Tensor]) -> (any Distribution)? {
        switch kind {
        case "Normal": Normal(mean: p[0], std: p[1])
        case "Uniform": Uniform(low: p[0], high: p[0] + p[1])
        case "Exponential": Exponential(rate: p[0])
        case "Gamma": Gamma(concentration: p[0], rate: p[1])
        case "Beta": Beta(alpha: p[0], beta: p[1])
        case "Bernoulli": Bernoulli(probs: p[0])
        case "BernoulliLogits": Bernoulli(logits: p[0])
        case "Categorical": Categorical(probs: p[0])
        case "CategoricalLogits": Categorical(logits: p[0])
        case "MultivariateNormal": vector(p)
        default: nil
        }
    }

    private static func vector(_ p: [Tensor]) -> MultivariateNormal {
        let diagonal = p[1].diagonal(dim1: -2, dim2: -1).abs() + 0.5
        return MultivariateNormal(mean: p[0], scaleTril: p[1].tril(-1) + diagonal.diagEmbed())
    }

    private static func divergence(_ a: any Distribution, _ b: any Distribution) -> Tensor? {
        switch (a, b) {
        case let (p as Normal, q as Normal): klDivergence(p, q)
        case let (p as Uniform, q as Uniform): klDivergence(p, q)
        case let (p as Exponential, q as Exponential): klDivergence(p, q)
        case let (p as Gamma, q as Gamma): klDivergence(p, q)
        case let (p as Beta, q as Beta): klDivergence(p, q)
        case let (p as Bernoulli, q as Bernoulli): klDivergence(p, q)
        case let (p as Categorical, q as Categorical): klDivergence(p, q)
        case let (p as MultivariateNormal, q as MultivariateNormal): klDivergence(p, q)
        default: nil
        }
    }

    private static func of(
        skipping values: Int = 0,
        _ function: @escaping @Sendable (any Distribution, [Tensor]) -> Tensor?
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let kind = try arguments.string("kind")
            return { inputs in
                guard let it = make(kind, Array(inputs[values...])) else { return [] }
                return [function(it, inputs)].compactMap { $0 }
            }
        }
    }

    private static let operations: FixtureOperations = [
        "logProb": of(skipping: 1) { $0.logProb($1[0]) },
        "entropy": of { it, _ in it.entropy() },
        "mean": of { it, _ in it.mean * 1 },
        "variance": of { it, _ in it.variance * 1 },
        "cdf": of(skipping: 1) { ($0 as? Normal)?.cdf($1[0]) },
        "std": of { it, _ in it.std * 1 },
        "covariance": of { it, _ in (it as? MultivariateNormal)?.covariance },
        "scaleTril": of { it, _ in (it as? MultivariateNormal).map { $0.scaleTril * 1 } },
        "probs": of { it, _ in
            ((it as? Bernoulli)?.probs ?? (it as? Categorical)?.probs).map { $0 * 1 }
        },
        "logits": of { it, _ in (it as? Bernoulli).map { $0.logits * 1 } },
        "logProbs": of { it, _ in (it as? Categorical).map { $0.logProbs * 1 } },
        "shapes": { arguments in
            let kind = try arguments.string("kind")
            return { inputs in
                guard let it = make(kind, inputs) else { return [] }
                return [Tensor.zeros(it.batchShape), Tensor.zeros(it.eventShape)]
            }
        },
        "klDivergence": { arguments in
            let kind = try arguments.string("kind")
            return { inputs in
                let n = inputs.count / 2
                guard let p = make(kind, Array(inputs[..<n])),
                    let q = make(kind, Array(inputs[n...]))
                else { return [] }
                return [divergence(p, q)].compactMap { $0 }
            }
        },
    ]

    @Test(arguments: try fixtures("distributions"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(DistributionTests.operations)
    }

    @Test(arguments: [
        "Normal", "Uniform", "Exponential", "Gamma", "Beta", "Bernoulli", "MultivariateNormal",
    ])
    func samplesHaveTheDistributionsMoments(_ kind: String) throws {
        let parameters: [Tensor] =
            kind == "MultivariateNormal"
            ? [Tensor([1.0, -2]), Tensor([[0.5, 0], [0.3, 1]])]
            : kind == "Bernoulli"
                ? [Tensor([0.2, 0.7])] : [Tensor([0.4, 2.5]), Tensor([1.5, 0.8])]
        let it = try #require(DistributionTests.make(kind, parameters))
        var generator = Generator(seed: 11)
        let x = it.sample([200_000], generator: &generator)
        #expect(!x.requiresGrad)
        expectClose(x.mean(dims: [0]), it.mean, rtol: 0.015, atol: 0.01, "mean")
        expectClose(x.variance(dims: [0]), it.variance, rtol: 0.02, atol: 0.01, "variance")
    }

    @Test func nothingIsOutsideAUniformRange() {
        let it = Uniform(low: Tensor(0.0), high: Tensor(2.0))
        let logProbs = it.logProb(Tensor([-0.1, 0, 1.9, 2])).array(as: Double.self)
        #expect(logProbs[0] == -.infinity && logProbs[3] == -.infinity)
        #expect(logProbs[1] == logProbs[2] && abs(logProbs[1] + 0.6931471805599453) < 1e-12)
    }

    @Test func categoricalFollowsItsProbabilities() {
        var generator = Generator(seed: 12)
        let it = Categorical(probs: Tensor([[0.1, 0.6, 0.3], [1.0, 0, 0]]))
        let x = it.sample([50_000], generator: &generator)
        #expect(x.shape == [50_000, 2])
        let counts = x.select(dim: 1, index: 0).bincount(minLength: 3).to(.float64)
        expectClose(counts * (1.0 / 50_000), Tensor([0.1, 0.6, 0.3]), rtol: 0, atol: 0.01)
        #expect(x.select(dim: 1, index: 1).max().item(as: Int.self) == 0)
    }

    /// The mean of a sample's gradient is the gradient of the mean.
    @Test func samplesCarryGradients() {
        var generator = Generator(seed: 13)
        for shape in [0.3, 1, 4.5, 40] {
            let a = Tensor(shape).requiringGrad()
            let rate = Tensor(2.0).requiringGrad()
            Gamma(concentration: a, rate: rate)
                .reparameterizedSample([100_000], generator: &generator).mean().backward()
            expectClose(a.grad ?? Tensor(0), Tensor(0.5), rtol: 0.02)
            expectClose(rate.grad ?? Tensor(0), Tensor(-shape / 4), rtol: 0.05)
        }
        let alpha = Tensor(2.0).requiringGrad()
        let beta = Tensor(3.0).requiringGrad()
        Beta(alpha: alpha, beta: beta)
            .reparameterizedSample([100_000], generator: &generator).mean().backward()
        expectClose(alpha.grad ?? Tensor(0), Tensor(3.0 / 25), rtol: 0.03)
        expectClose(beta.grad ?? Tensor(0), Tensor(-2.0 / 25), rtol: 0.03)
    }
}
