public import Martlet

/// Borders around the last dimensions of `(N, C, ...)` or `(C, ...)`.
public class BorderLayer: Layer {
    /// Pairs (before, after), the last dimension first, as PyTorch counts them: (left, right), (top, bottom), (front, back).
    public let padding: [(Int, Int)]

    /// What the borders show, and how many dimensions have them.
    class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 1) }

    /// - Parameter padding: pairs (left, right), (top, bottom), (front, back), as many as there are dimensions.
    public init(_ padding: [(Int, Int)]) {
        self.padding = padding
        precondition(
            padding.count == Self.borders.dimensions,
            "\(Self.self): expected \(Self.borders.dimensions) pairs of borders, got \(padding)")
    }

    /// The same on all sides.
    public convenience init(_ padding: Int) {
        self.init([(Int, Int)](repeating: (padding, padding), count: Self.borders.dimensions))
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim == padding.count + 1 || x.ndim == padding.count + 2,
            "\(Self.self): expected \(padding.count + 1) or \(padding.count + 2) dimensions, got "
                + "\(x.shape)")
        return padded(x)
    }

    func padded(_ x: Tensor) -> Tensor { x.pad(padding, mode: Self.borders.mode) }
}

/// Borders of one value; negative ones cut off.
public class ConstantBorderLayer: BorderLayer {
    public let value: Double

    /// - Parameter padding: pairs (left, right), (top, bottom), (front, back), as many as there are dimensions.
    public init(_ padding: [(Int, Int)], value: Double) {
        self.value = value
        super.init(padding)
    }

    /// The same on all sides.
    public convenience init(_ padding: Int, value: Double) {
        let pairs = [(Int, Int)](repeating: (padding, padding), count: Self.borders.dimensions)
        self.init(pairs, value: value)
    }

    override func padded(_ x: Tensor) -> Tensor { x.pad(padding, value: value) }
}

/// Zeros around `(N, C, L)`; negative borders cut off.
public final class ZeroPad1d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 1) }
}

/// Zeros around `(N, C, H, W)`; negative borders cut off.
public final class ZeroPad2d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 2) }
}

/// Zeros around `(N, C, D, H, W)`; negative borders cut off.
public final class ZeroPad3d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 3) }
}

/// One value around `(N, C, L)`; negative borders cut off.
public final class ConstantPad1d: ConstantBorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 1) }
}

/// One value around `(N, C, H, W)`; negative borders cut off.
public final class ConstantPad2d: ConstantBorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 2) }
}

/// One value around `(N, C, D, H, W)`; negative borders cut off.
public final class ConstantPad3d: ConstantBorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.zeros, 3) }
}

/// Around `(N, C, L)` its mirror image, without the outermost elements: borders are narrower than it.
public final class ReflectionPad1d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.reflect, 1) }
}

/// Around `(N, C, H, W)` its mirror image, without the outermost elements: borders are narrower than it.
public final class ReflectionPad2d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.reflect, 2) }
}

/// Around `(N, C, D, H, W)` its mirror image, without the outermost elements: borders are narrower than it.
public final class ReflectionPad3d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.reflect, 3) }
}

/// Around `(N, C, L)` its outermost elements.
public final class ReplicationPad1d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.replicate, 1) }
}

/// Around `(N, C, H, W)` its outermost elements.
public final class ReplicationPad2d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.replicate, 2) }
}

/// Around `(N, C, D, H, W)` its outermost elements.
public final class ReplicationPad3d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.replicate, 3) }
}

/// Around `(N, C, L)` what lies at the other end: borders are no wider than it.
public final class CircularPad1d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.circular, 1) }
}

/// Around `(N, C, H, W)` what lies at the other end: borders are no wider than it.
public final class CircularPad2d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.circular, 2) }
}

/// Around `(N, C, D, H, W)` what lies at the other end: borders are no wider than it.
public final class CircularPad3d: BorderLayer {
    override class var borders: (mode: PaddingMode, dimensions: Int) { (.circular, 3) }
}
