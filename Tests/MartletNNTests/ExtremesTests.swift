import Foundation
import Martlet
import MartletNN
import Testing

/// The ends of what float32 can hold: finite where the mathematics is.
@Suite struct ExtremesTests {
    private static let ends: [Float] = [
        0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 1e-20, 1,
        -1, 88, -88, 1e4, -1e4, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]

    /// Functions whose values and slopes are finite everywhere, with what they are in Double.
    private static let smooth:
        [(name: String, here: @Sendable (Tensor) -> Tensor, exact: @Sendable (Double) -> Double)] =
            [
                ("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
                ("tanh", { $0.tanh() }, { tanh($0) }),
                ("softplus", { $0.softplus() }, { $0 > 30 ? $0 : log1p(exp($0)) }),
                ("logSigmoid", { $0.logSigmoid() }, { $0 < -30 ? $0 : -log1p(exp(-$0)) }),
                ("erf", { $0.erf() }, { erf($0) }), ("atan", { $0.atan() }, { atan($0) }),
                ("asinh", { $0.asinh() }, { asinh($0) }),
            ]

    @Test("E4: functions that are finite everywhere are, and so are their slopes")
    func everywhere() {
        for (name, here, exact) in Self.smooth {
            let x = Tensor(Self.ends).requiringGrad()
            let y = here(x)
            for (value, end) in zip(y.array(as: Double.self), Self.ends) {
                let expected = exact(Double(end))
                let error = abs(value - expected) / max(abs(expected), 1e-30)
                #expect(error < 1e-5 || abs(value - expected) < 1e-37, "\(name)(\(end)): \(value)")
            }
            let slope = grad(outputs: [y.sum()], inputs: [x])[0]
            #expect(slope.isFinite().all().item(as: Bool.self), "\(name): \(slope)")
        }
    }

    @Test("E4: softmax and its losses of scores of 1e4")
    func largeScores() {
        let scores = Tensor([[1e4, -1e4, 0], [-1e4, -1e4, -1e4]] as [[Float]]).requiringGrad()
        #expect(
            scores.softmax(dim: 1).array(as: Float.self) == [1, 0, 0]
                + [Float](repeating: 1 / 3, count: 3))
        let logs = scores.logSoftmax(dim: 1).array(as: Float.self)
        #expect(logs[0...2] == [0, -2e4, -1e4] && abs(logs[3] + log(3)) < 1e-3)
        let sums = scores.logSumExp(dims: [1]).array(as: Float.self)
        #expect(sums[0] == 1e4 && abs(sums[1] + 1e4) < 2)
        let loss = crossEntropy(scores, Tensor([1, 0]))
        #expect(abs(loss.item(as: Float.self) - (2e4 + log(3)) / 2) < 1e-2)
        let gradient = grad(outputs: [loss], inputs: [scores])[0]
        let parts: [Float] = [0.5, -0.5, 0]
        #expect(Array(gradient.array(as: Float.self)[0..<3]) == parts)
        let logits = Tensor([1e4, -1e4] as [Float])
        let binary = binaryCrossEntropyWithLogits(
            logits, Tensor([0, 1] as [Float]), reduction: .none)
        #expect(binary.array(as: Float.self) == [1e4, 1e4])
    }

    @Test("E4: poles, empty batches and batches of one")
    func edges() {
        let zero = Tensor([0, -0.0, 1] as [Float]).requiringGrad()
        #expect(zero.log().array(as: Float.self) == [-.infinity, -.infinity, 0])
        #expect((1 / zero).array(as: Float.self) == [.infinity, -.infinity, 1])
        let empty = Tensor.zeros([0, 3])
        #expect(empty.sum().item(as: Float.self) == 0 && empty.mean().item(as: Float.self).isNaN)
        let linear = Linear(3, 2)
        let nothing = linear(empty, .inference)
        #expect(nothing.shape == [0, 2])
        _ = grad(outputs: [nothing.sum()], inputs: [linear.weight.value])
        // One image: the statistics are those of its pixels.
        let norm = BatchNorm2d(2)
        var generator = Generator(seed: 1)
        let image = Tensor.randn([1, 2, 4, 4], generator: &generator)
        let y = norm(image, .training(generator: Generator(seed: 2)))
        #expect(y.isFinite().all().item(as: Bool.self))
        #expect(abs(y.mean().item(as: Float.self)) < 1e-5)
        let flat = norm(Tensor.ones([1, 2, 4, 4]), .training(generator: Generator(seed: 2)))
        #expect(flat.array(as: Float.self).allSatisfy { $0 == 0 })
    }
}
