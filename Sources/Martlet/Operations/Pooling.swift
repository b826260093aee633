/// How a 2-D pooling window moves over its input.
public struct PoolingGeometry: Sendable {
    /// Window (height, width).
    public var kernel: (Int, Int)
    /// Steps (height, width) between windows; the window's size by default.
    public var stride: (Int, Int)
    /// Cells added on both sides of (height, width); at most half the window.
    public var padding: (Int, Int)
    /// Distances (height, width) between a window's cells.
    public var dilation: (Int, Int)
    /// Whether a last window that overhangs the input counts.
    public var ceilMode: Bool

    public init(
        kernel: (Int, Int), stride: (Int, Int)? = nil, padding: (Int, Int) = (0, 0),
        dilation: (Int, Int) = (1, 1), ceilMode: Bool = false
    ) {
        self.kernel = kernel
        self.stride = stride ?? kernel
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    var steps: PoolingSteps {
        PoolingSteps(
            kernel: [kernel.0, kernel.1], stride: [stride.0, stride.1],
            padding: [padding.0, padding.1], dilation: [dilation.0, dilation.1], ceilMode: ceilMode)
    }
}

extension Tensor {
    /// The greatest element of each window of `(N, C, H, W)`; padding never wins.
    public func maxPool2d(_ geometry: PoolingGeometry) -> Tensor {
        maxPool(geometry.steps, "maxPool2d")
    }

    /// The mean of each window of `(N, C, H, W)`.
    ///
    /// - Parameters:
    ///   - countIncludePad: whether padding counts as zeros in the mean.
    ///   - divisor: what to divide the sums by, instead of the number of cells.
    public func avgPool2d(
        _ geometry: PoolingGeometry, countIncludePad: Bool = true, divisor: Int? = nil
    ) -> Tensor {
        avgPool(geometry.steps, countIncludePad: countIncludePad, divisor: divisor, "avgPool2d")
    }

    /// Means over bins that divide `(N, C, H, W)` into `size` as evenly as can be.
    public func adaptiveAvgPool2d(_ size: (Int, Int)) -> Tensor {
        adaptiveAvgPool([size.0, size.1], "adaptiveAvgPool2d")
    }

    /// Maxima over bins that divide `(N, C, H, W)` into `size` as evenly as can be.
    public func adaptiveMaxPool2d(_ size: (Int, Int)) -> Tensor {
        adaptiveMaxPool([size.0, size.1], "adaptiveMaxPool2d")
    }

    /// The p-norm of each window of `(N, C, H, W)`: (Σ x^p)^(1/p).
    public func lpPool2d(
        p: Double, kernel: (Int, Int), stride: (Int, Int)? = nil, ceilMode: Bool = false
    ) -> Tensor {
        lpPool(
            p, PoolingGeometry(kernel: kernel, stride: stride, ceilMode: ceilMode).steps,
            "lpPool2d")
    }
}
