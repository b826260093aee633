public import Martlet

/// Compares second derivatives with central differences of the first, in float64.
///
/// What is differentiated is the gradient that `grad(outputs:inputs:)` records with `createGraph`, as a function of
/// the inputs and of the gradients of the outputs; it is held against its differences as `gradientErrors` does.
///
/// - Parameters:
///   - inputs: float64 tensors; those of other types are passed on as they are.
///   - wanted: which inputs to differentiate by; nil for all that can have a gradient.
///   - function: must give the same outputs every time.
/// - Returns: a line for each disagreement; none when the second derivatives are right.
public func secondDerivativeErrors(
    _ inputs: [Tensor], wanted: [Int]? = nil, epsilon: Double = 1e-6, rtol: Double = 1e-3,
    atol: Double = 1e-5, _ function: @escaping ([Tensor]) -> [Tensor]
) -> [String] {
    let checked = wanted ?? inputs.indices.filter { inputs[$0].dtype.isFloatingPoint }
    let outputs = noGrad { function(inputs) }
    let places = outputs.indices.filter { outputs[$0].dtype == .float64 }
    var generator = Generator(seed: 40)
    let weights = places.map {
        Tensor.rand(
            outputs[$0].shape, low: 0.5, high: 1.5, dtype: .float64, generator: &generator)
    }
    return gradientErrors(
        inputs + weights, wanted: checked + weights.indices.map { inputs.count + $0 },
        epsilon: epsilon, rtol: rtol, atol: atol
    ) { arguments in
        enableGrad {
            let leaves = inputs.indices.map { i in
                checked.contains(i) && !arguments[i].requiresGrad
                    ? arguments[i].requiringGrad() : arguments[i]
            }
            let results = function(leaves)
            let flowing = places.indices.filter { results[places[$0]].requiresGrad }
            guard !flowing.isEmpty else { return checked.map { leaves[$0].detach().zerosLike() } }
            return grad(
                outputs: flowing.map { results[places[$0]] }, inputs: checked.map { leaves[$0] },
                gradients: flowing.map { arguments[inputs.count + $0] }, createGraph: true,
                allowUnused: true)
        }
    }.map { "second derivative: \($0)" }
}
