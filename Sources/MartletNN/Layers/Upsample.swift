public import Martlet

/// `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)` with other sizes: see `Tensor.interpolate`.
public final class Upsample: Layer {
    private enum Target { case size([Int]), factors([Double]), factor(Double) }
    private let target: Target
    /// How values are found, and whether the centres of the outermost cells stay in place.
    public let mode: InterpolationMode
    public let alignCorners: Bool

    private init(_ target: Target, _ mode: InterpolationMode, _ alignCorners: Bool) {
        self.target = target
        self.mode = mode
        self.alignCorners = alignCorners
    }

    public convenience init(
        size: [Int], mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) {
        self.init(.size(size), mode, alignCorners)
    }

    public convenience init(
        scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) {
        self.init(.factors(scaleFactor), mode, alignCorners)
    }

    /// One factor for all dimensions after the channels.
    public convenience init(
        scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) {
        self.init(.factor(scaleFactor), mode, alignCorners)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        switch target {
        case .size(let size): x.interpolate(size: size, mode: mode, alignCorners: alignCorners)
        case .factors(let factors):
            x.interpolate(scaleFactor: factors, mode: mode, alignCorners: alignCorners)
        case .factor(let factor):
            x.interpolate(scaleFactor: factor, mode: mode, alignCorners: alignCorners)
        }
    }
}

/// `(..., C r², H, W)` as `(..., C, H r, W r)`: channels become squares of cells (Shi et al. 2016).
public final class PixelShuffle: Layer {
    public let upscaleFactor: Int
    public init(_ upscaleFactor: Int) { self.upscaleFactor = upscaleFactor }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.pixelShuffle(upscaleFactor) }
}

/// `(..., C, H r, W r)` as `(..., C r², H, W)`: the inverse of `PixelShuffle`.
public final class PixelUnshuffle: Layer {
    public let downscaleFactor: Int
    public init(_ downscaleFactor: Int) { self.downscaleFactor = downscaleFactor }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.pixelUnshuffle(downscaleFactor)
    }
}

/// The channels of `(N, C, ...)`, seen as `groups` rows, read column by column (Zhang et al. 2018).
public final class ChannelShuffle: Layer {
    public let groups: Int
    public init(groups: Int) { self.groups = groups }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.channelShuffle(groups: groups)
    }
}
