public import Martlet

/// Compares gradients with central differences, in float64.
///
/// The function's outputs are weighted with random numbers and added up; each input element in turn
/// is moved by ± `epsilon`. The analytic gradients are taken with every input row-major, with every
/// second element of a wider tensor, transposed in memory, and channels-last where there are four
/// dimensions; and for each input alone, because operations save only what is asked for.
///
/// - Parameters:
///   - inputs: float64 tensors; those of other types are passed on as they are.
///   - wanted: which inputs to check the gradients of; nil for all that can have one.
///   - function: must give the same outputs every time.
/// - Returns: a line for each disagreement; none when the gradients are right.
public func gradientErrors(
    _ inputs: [Tensor], wanted: [Int]? = nil, epsilon: Double = 1e-6, rtol: Double = 1e-3,
    atol: Double = 1e-5, _ function: @escaping ([Tensor]) -> [Tensor]
) -> [String] {
    let checked = wanted ?? inputs.indices.filter { inputs[$0].dtype.isFloatingPoint }
    precondition(!checked.isEmpty, "gradcheck: no floating-point input")
    for i in checked {
        precondition(
            inputs[i].dtype == .float64,
            "gradcheck: expected float64 inputs, input \(i) is \(inputs[i].dtype)")
    }
    let scalar = WeightedSum(function)
    let numeric = checked.map { i in
        centralDifferences(inputs, moving: i, by: epsilon, scalar)
    }

    var errors: [String] = []
    func compare(_ gradients: [Tensor?], at places: [Int], _ setting: String) {
        for i in places {
            guard let expected = checked.firstIndex(of: i).map({ numeric[$0] }) else { continue }
            // An input that nothing flows back to has the gradient 0.
            let actual = gradients[i] ?? expected.zerosLike()
            if let found = difference(actual, expected, rtol: rtol, atol: atol) {
                errors.append("gradient of input \(i), \(setting): \(found)")
            }
        }
    }
    for layout in TensorLayout.allCases where inputs.contains(where: layout.fits) {
        let arranged = inputs.map { layout.fits($0) ? layout.apply($0) : $0 }
        compare(scalar.gradients(arranged, of: checked), at: checked, layout.rawValue)
    }
    if checked.count > 1 {
        for i in checked {
            compare(scalar.gradients(inputs, of: [i]), at: [i], "wanted alone")
        }
    }
    return errors
}

/// Other places in memory for the same values.
public enum TensorLayout: String, Sendable, CaseIterable {
    case contiguous
    /// Every second element of a tensor twice as wide.
    case strided
    /// The dimensions in reverse order in memory.
    case transposed
    /// The channels of `(N, C, H, W)` or `(N, C, D, H, W)` innermost.
    case channelsLast

    /// Whether a tensor can be laid out so, other than row-major.
    public func fits(_ x: Tensor) -> Bool {
        switch self {
        case .contiguous: true
        case .strided: x.ndim > 0
        case .transposed: x.ndim > 1
        case .channelsLast: x.ndim == 4 || x.ndim == 5
        }
    }

    /// The same values, laid out so.
    public func apply(_ x: Tensor) -> Tensor {
        noGrad {
            switch self {
            case .contiguous: x.contiguous()
            case .strided:
                // The elements between are NaN, so that reading them shows.
                Tensor.stack([x, noise(like: x)], dim: -1).flatten(from: -2)
                    .slice(dim: -1, step: 2)
            case .transposed:
                x.permute(x.shape.indices.reversed()).contiguous()
                    .permute(x.shape.indices.reversed())
            case .channelsLast: x.channelsLast()
            }
        }
    }

    private func noise(like x: Tensor) -> Tensor {
        x.dtype.isFloatingPoint ? Tensor.full(x.shape, .nan, dtype: x.dtype) : x.onesLike()
    }
}

/// A function's outputs, weighted and added up.
private struct WeightedSum {
    let function: ([Tensor]) -> [Tensor]

    init(_ function: @escaping ([Tensor]) -> [Tensor]) { self.function = function }

    private func weights(_ outputs: [Tensor]) -> [Tensor?] {
        var generator = Generator(seed: 20)
        return outputs.map { output in
            guard output.dtype.isFloatingPoint else { return nil }
            return Tensor.rand(
                output.shape, low: 0.5, high: 1.5, dtype: output.dtype, generator: &generator)
        }
    }

    private func sum(_ outputs: [Tensor]) -> Tensor {
        let terms = zip(outputs, weights(outputs)).compactMap { output, weight in
            weight.map { (output * $0).sum() }
        }
        precondition(!terms.isEmpty, "gradcheck: no floating-point output")
        return terms.dropFirst().reduce(terms[0], +)
    }

    func value(_ inputs: [Tensor]) -> Double {
        noGrad { sum(function(inputs)).item(as: Double.self) }
    }

    func gradients(_ inputs: [Tensor], of wanted: [Int]) -> [Tensor?] {
        let leaves = inputs.indices.map {
            wanted.contains($0) ? inputs[$0].requiringGrad() : inputs[$0]
        }
        let total = sum(function(leaves))
        if total.requiresGrad { total.backward() }
        return leaves.map(\.grad)
    }
}

private func centralDifferences(
    _ inputs: [Tensor], moving place: Int, by epsilon: Double, _ scalar: WeightedSum
) -> Tensor {
    let values = inputs[place].array(as: Double.self)
    let slopes = values.indices.map { k in
        let sides = [epsilon, -epsilon].map { step in
            var moved = values
            moved[k] += step
            var arguments = inputs
            arguments[place] = Tensor(moved, shape: inputs[place].shape)
            return scalar.value(arguments)
        }
        return (sides[0] - sides[1]) / (2 * epsilon)
    }
    return Tensor(slopes, shape: inputs[place].shape)
}
