public import Martlet

/// The greatest element of each window of `(N, C, H, W)`.
public final class MaxPool2d: Layer {
    public let geometry: PoolingGeometry

    public init(_ geometry: PoolingGeometry) { self.geometry = geometry }

    /// Square windows; the stride is the window's size by default.
    public convenience init(
        kernelSize: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1,
        ceilMode: Bool = false
    ) {
        self.init(
            PoolingGeometry(
                kernel: (kernelSize, kernelSize), stride: stride.map { ($0, $0) },
                padding: (padding, padding), dilation: (dilation, dilation), ceilMode: ceilMode))
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.maxPool2d(geometry) }
}

/// The mean of each window of `(N, C, H, W)`.
public final class AvgPool2d: Layer {
    public let geometry: PoolingGeometry
    /// Whether padding counts as zeros in the mean.
    public let countIncludePad: Bool

    public init(_ geometry: PoolingGeometry, countIncludePad: Bool = true) {
        self.geometry = geometry
        self.countIncludePad = countIncludePad
    }

    /// Square windows; the stride is the window's size by default.
    public convenience init(
        kernelSize: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false,
        countIncludePad: Bool = true
    ) {
        self.init(
            PoolingGeometry(
                kernel: (kernelSize, kernelSize), stride: stride.map { ($0, $0) },
                padding: (padding, padding), ceilMode: ceilMode), countIncludePad: countIncludePad)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.avgPool2d(geometry, countIncludePad: countIncludePad)
    }
}

/// Means over bins that divide `(N, C, H, W)` into `outputSize`, whatever its size.
public final class AdaptiveAvgPool2d: Layer {
    public let outputSize: (Int, Int)
    public init(_ outputSize: (Int, Int)) { self.outputSize = outputSize }
    public convenience init(_ outputSize: Int) { self.init((outputSize, outputSize)) }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.adaptiveAvgPool2d(outputSize)
    }
}

/// Maxima over bins that divide `(N, C, H, W)` into `outputSize`, whatever its size.
public final class AdaptiveMaxPool2d: Layer {
    public let outputSize: (Int, Int)
    public init(_ outputSize: (Int, Int)) { self.outputSize = outputSize }
    public convenience init(_ outputSize: Int) { self.init((outputSize, outputSize)) }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.adaptiveMaxPool2d(outputSize)
    }
}
