/// Complex numbers as two tensors of one shape. Gradients flow through both.
public struct ComplexTensor: Sendable {
    public var real: Tensor
    public var imaginary: Tensor

    public init(real: Tensor, imaginary: Tensor) {
        precondition(
            real.shape == imaginary.shape && real.dtype == imaginary.dtype,
            "ComplexTensor: the parts differ: \(real.dtype) \(real.shape) and \(imaginary.dtype) "
                + "\(imaginary.shape)")
        self.real = real
        self.imaginary = imaginary
    }

    /// Real numbers.
    public init(_ real: Tensor) { self.init(real: real, imaginary: real.detach().zerosLike()) }

    /// From absolute values and angles (PyTorch's `polar`).
    public init(abs: Tensor, angle: Tensor) {
        self.init(real: abs * angle.cos(), imaginary: abs * angle.sin())
    }

    /// The size of each dimension.
    public var shape: [Int] { real.shape }
    public var dtype: DType { real.dtype }

    /// The distances from 0.
    public func abs() -> Tensor { real.hypot(imaginary) }
    /// The angles in radians, in -pi ... pi.
    public func angle() -> Tensor { imaginary.atan2(real) }
    /// With the imaginary parts' signs turned.
    public var conjugate: ComplexTensor { ComplexTensor(real: real, imaginary: -imaginary) }

    /// The same change of shape for both parts.
    public func map(_ change: (Tensor) -> Tensor) -> ComplexTensor {
        ComplexTensor(real: change(real), imaginary: change(imaginary))
    }

    public static func + (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        ComplexTensor(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
    }
    public static func - (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        ComplexTensor(real: a.real - b.real, imaginary: a.imaginary - b.imaginary)
    }
    public static func * (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        ComplexTensor(
            real: a.real * b.real - a.imaginary * b.imaginary,
            imaginary: a.real * b.imaginary + a.imaginary * b.real)
    }
    public static func / (a: ComplexTensor, b: ComplexTensor) -> ComplexTensor {
        let scale = b.real.square() + b.imaginary.square()
        return (a * b.conjugate).map { $0 / scale }
    }

    /// The matrix product.
    public func matmul(_ other: ComplexTensor) -> ComplexTensor {
        ComplexTensor(
            real: real.matmul(other.real) - imaginary.matmul(other.imaginary),
            imaginary: real.matmul(other.imaginary) + imaginary.matmul(other.real))
    }
}
