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

extension Tensor {
    /// The mean over height and width: `(N, C, H, W)` to `(N, C)`.
    func globalAverage() -> Tensor { adaptiveAvgPool2d((1, 1)).flatten(from: 1) }
}
