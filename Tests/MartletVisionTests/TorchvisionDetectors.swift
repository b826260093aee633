import Foundation
import Martlet
import MartletNN
import MartletTesting
import MartletVision
import Testing

/// What torchvision's detectors made of formula-filled weights: see `Tests/Reference/detectors.py`.
struct TorchvisionDetectors: Decodable {
    typealias Numbers = TorchvisionBoxes.Numbers

    struct Network: Decodable {
        struct Found: Decodable {
            let boxes, scores: Numbers
            let labels: [Int]
        }
        /// How many there are, and the names and shapes of those that are no backbone's body.
        let tensors: Int
        let names: [String: [Int]]
        let losses: [String: Double]
        /// The gradients' norms, and that of all of the body's together.
        let gradients: [String: Double]
        let body: Double
        let boxes, scores: Numbers
        let found: [Found]?
    }
    struct Pooled: Decodable {
        struct Case: Decodable {
            let size: [Int]
            let scale: Double
            let ratio: Int
            let aligned: Bool
            let value, gradient: Numbers
        }
        let features, boxes: Numbers
        let cases: [Case]
        let many, pyramid: Numbers
    }
    let pooled: Pooled
    let detectors: [String: Network]

    static let all = Result {
        try JSONDecoder().decode(
            TorchvisionDetectors.self,
            from: Data(contentsOf: Fixtures.folder.appendingPathComponent("detectors.json")))
    }

    static func network(_ name: String) throws -> Network {
        try #require(try all.get().detectors[name])
    }

    /// Two images of height and width 64, or another.
    static func images(_ size: Int = 64) -> Tensor {
        noise([2, 3, size, size], 1).to(.float32)
    }

    /// What they show; the second shows nothing.
    static let targets = [
        DetectionTarget(
            boxes: Tensor([[5, 6, 40, 50], [20, 10, 30, 22], [33, 30, 60, 61]] as [[Float]]),
            labels: Tensor([0, 2, 1])),
        DetectionTarget(
            boxes: Tensor.zeros([0, 4]), labels: Tensor.zeros([0], dtype: .int64)),
    ]

    /// Numbers in -1 ... 1 that look random, by whole numbers alone.
    static func noise(_ shape: [Int], _ phase: Int) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor(
            (0..<count).map { index -> Double in
                var x = UInt64(index + phase * 7919)
                x = (x * 747_796_405 + 2_891_336_453) % (1 << 32)
                x = ((x ^ (x >> 16)) * 277_803_737) % (1 << 32)
                return Double(x ^ (x >> 15)) / Double(1 << 31) - 1
            }, shape: shape)
    }

    /// The reference's values for the tensors of a model.
    static func fill(_ model: some Module) throws {
        let state = model.stateDict().map { name, tensor -> (String, Tensor) in
            if name.hasSuffix("num_batches_tracked") { return (name, tensor) }
            let w = noise(tensor.shape, name.utf8.reduce(0) { $0 + Int($1) })
            if name.hasSuffix("running_var") { return (name, 1 + 0.5 * w) }
            if tensor.ndim > 1 {
                let inputs = Double(tensor.count) / Double(tensor.shape[0])
                return (name, w * (6 / inputs).squareRoot())
            }
            return (name, (name.hasSuffix("weight") ? 1.0 : 0) + 0.2 * w)
        }
        try model.load(state: Dictionary(uniqueKeysWithValues: state))
    }
}

extension TorchvisionDetectors.Network {
    /// Records an issue for each tensor, loss and gradient that differs; `parts` are the reference's names of the loss's parts.
    func check(
        _ model: some Module, _ loss: DetectionLoss, parts: [String: String],
        tolerance: Double = 1e-3
    ) throws {
        let state = model.stateDict()
        #expect(state.count == tensors)
        let own = state.filter { !Self.isBody($0.name) }
        #expect(
            Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.tensor.shape) }) == names)
        #expect(Set(loss.parts.map(\.name)) == Set(parts.keys))
        for (name, value) in loss.parts {
            let expected = try #require(parts[name].flatMap { losses[$0] })
            let found = value.item(as: Double.self)
            #expect(
                abs(found - expected) <= tolerance * abs(expected) + 1e-6,
                "\(name): \(found), expected \(expected)")
        }
        model.zeroGrad()
        loss.total.backward()
        var body = 0.0
        for (name, parameter) in model.namedParameters() {
            let norm =
                parameter.grad?.to(.float64).square().sum().sqrt().item(as: Double.self) ?? 0
            if Self.isBody(name) {
                body += norm * norm
            } else {
                let expected = try #require(gradients[name])
                #expect(
                    abs(norm - expected) <= tolerance * expected + 1e-5,
                    "gradient of \(name): \(norm), expected \(expected)")
            }
        }
        #expect(abs(body.squareRoot() - self.body) <= tolerance * self.body)
    }

    private static func isBody(_ name: String) -> Bool {
        name.hasPrefix("backbone.body") || name.hasPrefix("backbone.features")
    }

    /// Every so many entries of a dimension, as the reference has them.
    static func some(_ x: Tensor, _ dim: Int) -> Tensor {
        x.slice(dim: dim, step: max(1, x.shape[dim] / 30))
    }
}
