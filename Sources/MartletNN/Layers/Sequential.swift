public import Martlet

/// Layers one after another, named by their place, `0`, `1`, ..., or by names of their own:
///
/// ```swift
/// let net = Sequential(["conv": Conv2d(1, 32, kernelSize: 3), "act": ReLU(), "pool": MaxPool2d(kernelSize: 2)])
/// ```
///
/// A `ReLU` that follows a batch or instance normalisation is computed in the same pass.
public final class Sequential: Layer {
    public let layers: [any Layer]
    private let names: [String]

    public init(_ layers: [any Layer]) {
        self.layers = layers
        names = layers.indices.map { "\($0)" }
    }
    public convenience init(_ layers: any Layer...) { self.init(layers) }

    /// Layers with names, in order: PyTorch's `Sequential(OrderedDict(...))`.
    public init(_ layers: KeyValuePairs<String, any Layer>) {
        self.layers = layers.map(\.value)
        names = layers.map(\.key)
        precondition(
            Set(names).count == names.count && names.allSatisfy { !$0.contains(".") && $0 != "" },
            "Sequential: expected names that differ and have no dots, got \(names)")
    }

    public var members: [Member] { zip(names, layers).map { Member($0, $1) } }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        run(layers[...], x, context)
    }

    /// max(self(x) + residual, 0): the end of a residual block, in the same pass as a last batch normalisation.
    public func addReLU(_ x: Tensor, _ residual: Tensor, _ context: Context) -> Tensor {
        guard context.observer == nil, let last = layers.last as? BatchNorm else {
            return self(x, context).addReLU(residual)
        }
        return last.addReLU(run(layers.dropLast(), x, context), residual, context)
    }

    private func run(_ layers: ArraySlice<any Layer>, _ x: Tensor, _ context: Context) -> Tensor {
        var y = x
        var i = layers.startIndex
        while i < layers.endIndex {
            let isFollowed =
                context.observer == nil && i + 1 < layers.endIndex && layers[i + 1] is ReLU
            if isFollowed, let norm = layers[i] as? BatchNorm {
                y = norm.forward(y, context, relu: true, residual: nil)
                i += 2
            } else if isFollowed, let norm = layers[i] as? InstanceNorm {
                y = norm.forward(y, context, relu: true)
                i += 2
            } else {
                y = layers[i](y, context)
                i += 1
            }
        }
        return y
    }
}
