internal import CFFT

/// How a discrete Fourier transform is scaled.
public enum FourierNorm: String, Sendable, CaseIterable {
    /// The inverse by 1/n.
    case backward
    /// Both by 1/√n.
    case ortho
    /// The forward transform by 1/n.
    case forward

    func scale(_ n: Int, inverse: Bool) -> Double {
        switch self {
        case .ortho: 1 / Double(n).squareRoot()
        case .backward: inverse ? 1 / Double(n) : 1
        case .forward: inverse ? 1 : 1 / Double(n)
        }
    }
}

/// The transform of the last dimension, not scaled; real and imaginary parts in, and out.
private struct FourierTransform: TensorOperation {
    let inverse: Bool

    var name: String { inverse ? "ifft" : "fft" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let dtype = inputs[0].dtype
        let n = inputs[0].shape[inputs[0].ndim - 1]
        let pairs = Tensor.stack(inputs.map { $0.to(.float64) }, dim: -1).contiguous()
        let result = Tensor(uninitialized: pairs.shape, dtype: .float64)
        if pairs.count > 0 {
            let message = mt_fft(
                Int64(pairs.count / 2 / n), Int64(n), inverse,
                pairs.pointer.assumingMemoryBound(to: Double.self),
                result.freshPointer.assumingMemoryBound(to: Double.self))
            if let message { fatalError("\(name): \(String(cString: message))") }
        }
        return result.unbind(dim: -1).map { $0.to(dtype) }
    }

    /// The transform is symmetric, so its gradient is the conjugate transform: the inverse one, not scaled.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let known = gradients[0] ?? gradients[1] else { return [nil, nil] }
        let parts = gradients.map { $0 ?? known.detach().zerosLike() }
        return Tensor.apply(FourierTransform(inverse: !inverse), parts).map { $0 }
    }
}

extension ComplexTensor {
    /// The discrete Fourier transform along a dimension, cut or filled with zeros to `n` entries first.
    public func fft(n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
        transformed(inverse: false, n, dim, norm)
    }

    /// The inverse of `fft`.
    public func ifft(n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
        transformed(inverse: true, n, dim, norm)
    }

    /// `fft` along two dimensions.
    public func fft2(dims: (Int, Int) = (-2, -1), norm: FourierNorm = .backward) -> ComplexTensor {
        fft(dim: dims.1, norm: norm).fft(dim: dims.0, norm: norm)
    }

    /// The inverse of `fft2`.
    public func ifft2(dims: (Int, Int) = (-2, -1), norm: FourierNorm = .backward) -> ComplexTensor {
        ifft(dim: dims.1, norm: norm).ifft(dim: dims.0, norm: norm)
    }

    /// The real inverse of `rfft`: this is the half of a symmetric spectrum; `n` is the length of the result, by default
    /// the even one.
    public func irfft(n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> Tensor {
        let d = Shape.dimension(dim, of: shape.count, operation: "irfft")
        let length = n ?? 2 * (shape[d] - 1)
        precondition(
            length >= 1, "irfft: a result of \(length) entries along dimension \(dim) of \(shape)")
        let half = map { $0.resized(dim: d, to: length / 2 + 1, "irfft") }
        // The other half mirrors it. The first entry, and the middle one of an even length, are real.
        let inner = half.map { $0.slice(dim: d, from: 1, to: (length + 1) / 2).flip([d]) }
        var imaginary = half.imaginary
        let own = half.shape.indices.map { $0 == d ? length / 2 + 1 : 1 }
        let isReal = noGrad {
            let places = Tensor.arange(length / 2 + 1)
            return places.eq(0).logicalOr((places * 2).eq(Double(length))).reshape(own)
        }
        imaginary = imaginary.maskedFill(isReal, 0)
        let whole = ComplexTensor(
            real: Tensor.cat([half.real, inner.real], dim: d),
            imaginary: Tensor.cat([imaginary, -inner.imaginary], dim: d))
        return whole.ifft(dim: d, norm: norm).real
    }

    private func transformed(inverse: Bool, _ n: Int?, _ dim: Int, _ norm: FourierNorm)
        -> ComplexTensor
    {
        let name = inverse ? "ifft" : "fft"
        precondition(
            !shape.isEmpty && (dtype == .float32 || dtype == .float64),
            "\(name): expected float32 or float64 with dimensions, got \(dtype) \(shape)")
        let d = Shape.dimension(dim, of: shape.count, operation: name)
        let length = n ?? shape[d]
        precondition(length >= 1, "\(name): no entries along dimension \(dim) of \(shape)")
        let moved = map { $0.resized(dim: d, to: length, name).movedim(d, to: -1) }
        let parts = Tensor.apply(
            FourierTransform(inverse: inverse), [moved.real, moved.imaginary])
        let scale = norm.scale(length, inverse: inverse)
        return ComplexTensor(real: parts[0], imaginary: parts[1]).map { part in
            (scale == 1 ? part : part * scale).movedim(-1, to: d)
        }
    }
}

extension Tensor {
    /// The first `length` entries of a dimension, filled up with zeros.
    fileprivate func resized(dim: Int, to length: Int, _ operation: String) -> Tensor {
        let n = shape[dim]
        if n >= length { return slice(dim: dim, to: length) }
        var amounts = [(Int, Int)](repeating: (0, 0), count: ndim - dim)
        amounts[ndim - 1 - dim] = (0, length - n)
        return pad(amounts)
    }

    /// The discrete Fourier transform of real numbers along a dimension.
    public func fft(n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
        ComplexTensor(self).fft(n: n, dim: dim, norm: norm)
    }

    /// The first half of `fft`, which is all there is to know of real numbers' transform.
    public func rfft(n: Int? = nil, dim: Int = -1, norm: FourierNorm = .backward) -> ComplexTensor {
        let d = Shape.dimension(dim, of: ndim, operation: "rfft")
        let length = n ?? size(d)
        return fft(n: n, dim: d, norm: norm).map { $0.slice(dim: d, to: length / 2 + 1) }
    }

    /// `fft` along two dimensions.
    public func fft2(dims: (Int, Int) = (-2, -1), norm: FourierNorm = .backward) -> ComplexTensor {
        ComplexTensor(self).fft2(dims: dims, norm: norm)
    }

    /// `rfft` along the second of two dimensions, `fft` along the first.
    public func rfft2(dims: (Int, Int) = (-2, -1), norm: FourierNorm = .backward) -> ComplexTensor {
        rfft(dim: dims.1, norm: norm).fft(dim: dims.0, norm: norm)
    }

    /// The frequency 0 moved from the front to the middle of some dimensions (nil: all).
    public func fftshift(dims: [Int]? = nil) -> Tensor {
        let dims = Shape.dimensions(dims, of: ndim, operation: "fftshift")
        return roll(dims.map { shape[$0] / 2 }, dims: dims)
    }

    /// The inverse of `fftshift`.
    public func ifftshift(dims: [Int]? = nil) -> Tensor {
        let dims = Shape.dimensions(dims, of: ndim, operation: "ifftshift")
        return roll(dims.map { -(shape[$0] / 2) }, dims: dims)
    }

    /// The frequencies of `fft`'s entries, in cycles per `1 / step`.
    public static func fftfreq(_ n: Int, step: Double = 1, dtype: DType = .float32) -> Tensor {
        let positive = arange((n + 1) / 2, dtype: .float64)
        let negative = arange(-(n / 2), 0, dtype: .float64)
        return noGrad { (cat([positive, negative]) * (1 / (Double(n) * step))).to(dtype) }
    }

    /// The frequencies of `rfft`'s entries.
    public static func rfftfreq(_ n: Int, step: Double = 1, dtype: DType = .float32) -> Tensor {
        noGrad { (arange(n / 2 + 1, dtype: .float64) * (1 / (Double(n) * step))).to(dtype) }
    }
}
