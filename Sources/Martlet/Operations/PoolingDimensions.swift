// A line is an image of height 1.
extension Tensor {
    private func lifted(_ operation: String, _ body: (Tensor) -> Tensor) -> Tensor {
        precondition(ndim == 3, "\(operation): expected (N, C, L), got \(shape)")
        return body(unsqueeze(2)).squeeze(2)
    }

    /// The greatest element of each window of `(N, C, L)`.
    public func maxPool1d(
        kernelSize: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1,
        ceilMode: Bool = false
    ) -> Tensor {
        let geometry = PoolingGeometry(
            kernel: (1, kernelSize), stride: (1, stride ?? kernelSize), padding: (0, padding),
            dilation: (1, dilation), ceilMode: ceilMode)
        return lifted("maxPool1d") { $0.maxPool(geometry.steps, "maxPool1d") }
    }

    /// The mean of each window of `(N, C, L)`.
    public func avgPool1d(
        kernelSize: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false,
        countIncludePad: Bool = true
    ) -> Tensor {
        let geometry = PoolingGeometry(
            kernel: (1, kernelSize), stride: (1, stride ?? kernelSize), padding: (0, padding),
            ceilMode: ceilMode)
        return lifted("avgPool1d") {
            $0.avgPool(geometry.steps, countIncludePad: countIncludePad, "avgPool1d")
        }
    }

    /// Means over `size` bins that divide `(N, C, L)` as evenly as can be.
    public func adaptiveAvgPool1d(_ size: Int) -> Tensor {
        lifted("adaptiveAvgPool1d") { $0.adaptiveAvgPool([1, size], "adaptiveAvgPool1d") }
    }

    /// Maxima over `size` bins that divide `(N, C, L)` as evenly as can be.
    public func adaptiveMaxPool1d(_ size: Int) -> Tensor {
        lifted("adaptiveMaxPool1d") { $0.adaptiveMaxPool([1, size], "adaptiveMaxPool1d") }
    }

    /// The p-norm of each window of `(N, C, L)`.
    public func lpPool1d(p: Double, kernelSize: Int, stride: Int? = nil, ceilMode: Bool = false)
        -> Tensor
    {
        let geometry = PoolingGeometry(
            kernel: (1, kernelSize), stride: (1, stride ?? kernelSize), ceilMode: ceilMode)
        return lifted("lpPool1d") { $0.lpPool(p, geometry.steps, "lpPool1d") }
    }
}

extension PoolingSteps {
    fileprivate init(
        _ kernel: (Int, Int, Int), _ stride: (Int, Int, Int)?,
        _ padding: (Int, Int, Int), dilation: (Int, Int, Int) = (1, 1, 1),
        _ ceilMode: Bool
    ) {
        let step = stride ?? kernel
        self.init(
            kernel: [kernel.0, kernel.1, kernel.2], stride: [step.0, step.1, step.2],
            padding: [padding.0, padding.1, padding.2],
            dilation: [dilation.0, dilation.1, dilation.2], ceilMode: ceilMode)
    }
}

extension Tensor {
    /// The greatest element of each window (depth, height, width) of `(N, C, D, H, W)`.
    public func maxPool3d(
        kernel: (Int, Int, Int), stride: (Int, Int, Int)? = nil,
        padding: (Int, Int, Int) = (0, 0, 0), dilation: (Int, Int, Int) = (1, 1, 1),
        ceilMode: Bool = false
    ) -> Tensor {
        maxPool(PoolingSteps(kernel, stride, padding, dilation: dilation, ceilMode), "maxPool3d")
    }

    /// The mean of each window (depth, height, width) of `(N, C, D, H, W)`.
    ///
    /// - Parameters:
    ///   - countIncludePad: whether padding counts as zeros in the mean.
    ///   - divisor: what to divide the sums by, instead of the number of cells.
    public func avgPool3d(
        kernel: (Int, Int, Int), stride: (Int, Int, Int)? = nil,
        padding: (Int, Int, Int) = (0, 0, 0), ceilMode: Bool = false, countIncludePad: Bool = true,
        divisor: Int? = nil
    ) -> Tensor {
        avgPool(
            PoolingSteps(kernel, stride, padding, ceilMode), countIncludePad: countIncludePad,
            divisor: divisor, "avgPool3d")
    }

    /// Means over bins that divide `(N, C, D, H, W)` into `size` as evenly as can be.
    public func adaptiveAvgPool3d(_ size: (Int, Int, Int)) -> Tensor {
        adaptiveAvgPool([size.0, size.1, size.2], "adaptiveAvgPool3d")
    }

    /// Maxima over bins that divide `(N, C, D, H, W)` into `size` as evenly as can be.
    public func adaptiveMaxPool3d(_ size: (Int, Int, Int)) -> Tensor {
        adaptiveMaxPool([size.0, size.1, size.2], "adaptiveMaxPool3d")
    }

    /// The p-norm of each window (depth, height, width) of `(N, C, D, H, W)`.
    public func lpPool3d(
        p: Double, kernel: (Int, Int, Int), stride: (Int, Int, Int)? = nil, ceilMode: Bool = false
    ) -> Tensor {
        lpPool(p, PoolingSteps(kernel, stride, (0, 0, 0), ceilMode), "lpPool3d")
    }
}
