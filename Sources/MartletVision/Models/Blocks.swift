internal import Martlet
internal import MartletNN

/// Convolution, batch normalisation, ReLU; padded so that a stride of 1 keeps the size, unless
/// said.
func convNormReLU(
    _ inChannels: Int, _ outChannels: Int, _ kernel: Int, stride: Int = 1, padding: Int? = nil,
    bias: Bool = true
) -> Sequential {
    Sequential(
        Conv2d(
            inChannels, outChannels, kernelSize: kernel, stride: stride,
            padding: padding ?? kernel / 2, bias: bias), BatchNorm2d(outChannels), ReLU())
}

extension Module {
    /// This module with other first values in its convolutions: drawn weights and the same bias everywhere.
    func starting(from weights: Initializer, bias value: Double = 0) -> Self {
        for case let convolution as Conv2d in namedModules().map(\.module) {
            convolution.weight.initializer = weights
            convolution.bias?.initializer = .constant(value)
        }
        return self
    }
}

extension Tensor {
    /// What a head says of the places of a feature map, `(N, A * width, H, W)`, as a row each, `(N, H * W * A, width)`.
    func rows(of width: Int) -> Tensor {
        permute([0, 2, 3, 1]).reshape([shape[0], -1, width])
    }

    /// The mean over height and width: `(N, C, H, W)` to `(N, C)`.
    func globalAverage() -> Tensor { adaptiveAvgPool2d((1, 1)).flatten(from: 1) }
}
