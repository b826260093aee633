// One dimension is two of which the first has the size 1; three are two and then one, as extremes and means of extremes and
// means are.
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
        lifted("maxPool1d") {
            $0.maxPool2d(
                PoolingGeometry(
                    kernel: (1, kernelSize), stride: (1, stride ?? kernelSize),
                    padding: (0, padding), dilation: (1, dilation), ceilMode: ceilMode))
        }
    }

    /// The mean of each window of `(N, C, L)`.
    public func avgPool1d(
        kernelSize: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false,
        countIncludePad: Bool = true
    ) -> Tensor {
        lifted("avgPool1d") {
            $0.avgPool2d(
                PoolingGeometry(
                    kernel: (1, kernelSize), stride: (1, stride ?? kernelSize),
                    padding: (0, padding), ceilMode: ceilMode), countIncludePad: countIncludePad)
        }
    }

    /// Means over `size` bins that divide `(N, C, L)` as evenly as can be.
    public func adaptiveAvgPool1d(_ size: Int) -> Tensor {
        lifted("adaptiveAvgPool1d") { $0.adaptiveAvgPool2d((1, size)) }
    }

    /// Maxima over `size` bins that divide `(N, C, L)` as evenly as can be.
    public func adaptiveMaxPool1d(_ size: Int) -> Tensor {
        lifted("adaptiveMaxPool1d") { $0.adaptiveMaxPool2d((1, size)) }
    }

    /// `(N, C, D, H, W)`: each plane first, then along the depth.
    private func inPlanes(
        _ operation: String, _ plane: (Tensor) -> Tensor, _ depth: (Tensor) -> Tensor
    ) -> Tensor {
        precondition(ndim == 5, "\(operation): expected (N, C, D, H, W), got \(shape)")
        let (n, c, d) = (shape[0], shape[1], shape[2])
        let planes = plane(reshape([n, c * d, shape[3], shape[4]]))
        let (h, w) = (planes.shape[2], planes.shape[3])
        let columns = depth(planes.reshape([n, c, d, h * w]))
        return columns.reshape([n, c, columns.shape[2], h, w])
    }

    /// The greatest element of each window (depth, height, width) of `(N, C, D, H, W)`.
    public func maxPool3d(
        kernel: (Int, Int, Int), stride: (Int, Int, Int)? = nil,
        padding: (Int, Int, Int) = (0, 0, 0), dilation: (Int, Int, Int) = (1, 1, 1),
        ceilMode: Bool = false
    ) -> Tensor {
        let stride = stride ?? kernel
        return inPlanes("maxPool3d") {
            $0.maxPool2d(
                PoolingGeometry(
                    kernel: (kernel.1, kernel.2), stride: (stride.1, stride.2),
                    padding: (padding.1, padding.2), dilation: (dilation.1, dilation.2),
                    ceilMode: ceilMode))
        } _: {
            $0.maxPool2d(
                PoolingGeometry(
                    kernel: (kernel.0, 1), stride: (stride.0, 1), padding: (padding.0, 0),
                    dilation: (dilation.0, 1), ceilMode: ceilMode))
        }
    }

    /// The mean of each window (depth, height, width) of `(N, C, D, H, W)`.
    public func avgPool3d(
        kernel: (Int, Int, Int), stride: (Int, Int, Int)? = nil,
        padding: (Int, Int, Int) = (0, 0, 0), ceilMode: Bool = false, countIncludePad: Bool = true
    ) -> Tensor {
        let stride = stride ?? kernel
        return inPlanes("avgPool3d") {
            $0.avgPool2d(
                PoolingGeometry(
                    kernel: (kernel.1, kernel.2), stride: (stride.1, stride.2),
                    padding: (padding.1, padding.2), ceilMode: ceilMode),
                countIncludePad: countIncludePad)
        } _: {
            $0.avgPool2d(
                PoolingGeometry(
                    kernel: (kernel.0, 1), stride: (stride.0, 1), padding: (padding.0, 0),
                    ceilMode: ceilMode), countIncludePad: countIncludePad)
        }
    }

    /// Means over bins that divide `(N, C, D, H, W)` into `size` as evenly as can be.
    public func adaptiveAvgPool3d(_ size: (Int, Int, Int)) -> Tensor {
        inPlanes("adaptiveAvgPool3d") {
            $0.adaptiveAvgPool2d((size.1, size.2))
        } _: {
            $0.adaptiveAvgPool2d((size.0, $0.shape[3]))
        }
    }

    /// Maxima over bins that divide `(N, C, D, H, W)` into `size` as evenly as can be.
    public func adaptiveMaxPool3d(_ size: (Int, Int, Int)) -> Tensor {
        inPlanes("adaptiveMaxPool3d") {
            $0.adaptiveMaxPool2d((size.1, size.2))
        } _: {
            $0.adaptiveMaxPool2d((size.0, $0.shape[3]))
        }
    }

    /// The p-norm of each window of `(N, C, H, W)`: (Σ x^p)^(1/p).
    public func lpPool2d(
        p: Double, kernel: (Int, Int), stride: (Int, Int)? = nil, ceilMode: Bool = false
    )
        -> Tensor
    {
        let means = pow(p).avgPool2d(
            PoolingGeometry(kernel: kernel, stride: stride, ceilMode: ceilMode),
            countIncludePad: false)
        // As in PyTorch, which has the sign of negative sums before the root.
        let sums = means * Double(kernel.0 * kernel.1)
        return (sums.sign() * sums.abs().relu()).pow(1 / p)
    }

    /// The p-norm of each window of `(N, C, L)`.
    public func lpPool1d(p: Double, kernelSize: Int, stride: Int? = nil, ceilMode: Bool = false)
        -> Tensor
    {
        lifted("lpPool1d") {
            $0.lpPool2d(
                p: p, kernel: (1, kernelSize), stride: (1, stride ?? kernelSize), ceilMode: ceilMode
            )
        }
    }
}
