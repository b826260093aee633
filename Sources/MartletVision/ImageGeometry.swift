internal import CImage
internal import Martlet

/// How samples between pixels are computed.
public enum Interpolation: String, Sendable, Codable, CaseIterable {
    /// The nearest pixel; the only one that keeps masks of class numbers intact.
    case nearest
    /// The mean of the pixels covered.
    case box
    case bilinear
    case bicubic
    case lanczos

    var filter: ci_filter {
        switch self {
        case .nearest: CI_NEAREST
        case .box: CI_BOX
        case .bilinear: CI_BILINEAR
        case .bicubic: CI_BICUBIC
        case .lanczos: CI_LANCZOS
        }
    }
}

/// What padding consists of.
public enum ImagePaddingMode: String, Sendable, Codable, CaseIterable {
    /// One colour.
    case constant
    /// The pixels at the edge, repeated.
    case edge
    /// The image mirrored, without repeating the edge.
    case reflect
    /// The image mirrored, with the edge repeated.
    case symmetric

    var mode: ci_padding {
        switch self {
        case .constant: CI_PAD_CONSTANT
        case .edge: CI_PAD_EDGE
        case .reflect: CI_PAD_REFLECT
        case .symmetric: CI_PAD_SYMMETRIC
        }
    }
}

/// How many pixels to add at each side.
public struct Padding: Sendable, Hashable, Codable, ExpressibleByIntegerLiteral {
    public var left: Int
    public var top: Int
    public var right: Int
    public var bottom: Int

    public init(left: Int, top: Int, right: Int, bottom: Int) {
        precondition(
            min(left, top, right, bottom) >= 0,
            "Padding: expected 0 or more, got \(left), \(top), \(right), \(bottom)")
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// The same at every side.
    public init(_ all: Int) { self.init(left: all, top: all, right: all, bottom: all) }

    /// The same at every side: `Pad(4)`.
    public init(integerLiteral all: Int) { self.init(all) }

    var isEmpty: Bool { left == 0 && top == 0 && right == 0 && bottom == 0 }
}

/// A rectangle of pixels, half open: rows `top ..< top + height`.
public struct PixelRect: Sendable, Hashable, Codable {
    public var top: Int
    public var left: Int
    public var height: Int
    public var width: Int

    public init(top: Int, left: Int, height: Int, width: Int) {
        self.top = top
        self.left = left
        self.height = height
        self.width = width
    }

    /// Height and width.
    public var size: ImageSize { ImageSize(height: height, width: width) }

    /// Where a point lies when the rectangle is shown at a size.
    func showing(_ point: Point, at size: ImageSize) -> Point {
        Point(
            x: (point.x - Double(left)) * Double(size.width) / Double(width),
            y: (point.y - Double(top)) * Double(size.height) / Double(height))
    }
}

extension Image {
    /// The image scaled to another size.
    ///
    /// With `antialias` the filter covers every source pixel when shrinking, and the result equals
    /// Pillow's. `box` and `lanczos` have no other form.
    public func resized(
        to target: ImageSize, interpolation: Interpolation = .bilinear, antialias: Bool = true
    ) -> Image {
        resized(
            from: PixelRect(top: 0, left: 0, height: height, width: width), to: target,
            interpolation: interpolation, antialias: antialias)
    }

    /// A part of the image, which must lie inside, scaled to a size.
    public func resized(
        from part: PixelRect, to target: ImageSize, interpolation: Interpolation = .bilinear,
        antialias: Bool = true
    ) -> Image {
        precondition(
            part.top >= 0 && part.left >= 0 && part.height > 0 && part.width > 0
                && part.top + part.height <= height && part.left + part.width <= width
                && target.height > 0 && target.width > 0,
            "resized: expected a part of the image of \(size) and a size above 0, got \(part), \(target)"
        )
        let result = Image(
            unfilledHeight: target.height, width: target.width, channels: channels)
        withUnsafeSamples {
            let stride = width * channels
            let start = $0.baseAddress.map { $0 + part.top * stride + part.left * channels }
            require(
                ci_resize(
                    start, stride, Int32(part.height), Int32(part.width), Int32(channels),
                    result.storage.pointer, Int32(target.height), Int32(target.width),
                    interpolation.filter, antialias ? 1 : 0), "resized")
        }
        return result
    }

    /// A rectangle of the image; what lies outside is `fill`. `mirrored` swaps left and right.
    public func cropped(_ rect: PixelRect, fill: Color = .black, mirrored: Bool = false) -> Image {
        let result = Image(unfilledHeight: rect.height, width: rect.width, channels: channels)
        withUnsafeSamples {
            ci_crop(
                $0.baseAddress, Int32(height), Int32(width), Int32(channels), Int32(rect.top),
                Int32(rect.left), result.storage.pointer, Int32(rect.height), Int32(rect.width),
                fill.samples(channels: channels), mirrored ? 1 : 0)
        }
        return result
    }

    /// The middle of the image, padded with black where the image is smaller.
    public func centerCropped(to target: ImageSize) -> Image {
        cropped(CenterCrop.rect(of: target, in: size))
    }

    /// The image with a border around it.
    public func padded(
        _ padding: Padding, mode: ImagePaddingMode = .constant, fill: Color = .black
    ) -> Image {
        if padding.isEmpty { return self }
        precondition(
            mode == .constant || size.area > 0, "padded: an empty image has no \(mode) padding")
        let result = Image(
            unfilledHeight: height + padding.top + padding.bottom,
            width: width + padding.left + padding.right, channels: channels)
        withUnsafeSamples {
            require(
                ci_pad(
                    $0.baseAddress, Int32(height), Int32(width), Int32(channels),
                    Int32(padding.top), Int32(padding.bottom), Int32(padding.left),
                    Int32(padding.right), mode.mode, fill.samples(channels: channels),
                    result.storage.pointer), "padded")
        }
        return result
    }

    /// Left and right swapped.
    public func flippedHorizontally() -> Image {
        cropped(PixelRect(top: 0, left: 0, height: height, width: width), mirrored: true)
    }

    /// Top and bottom swapped.
    public func flippedVertically() -> Image {
        let result = Image(unfilledHeight: height, width: width, channels: channels)
        withUnsafeSamples {
            ci_flip_rows(
                $0.baseAddress, Int32(height), Int32(width), Int32(channels),
                result.storage.pointer)
        }
        return result
    }

    /// The image of a projective map; outside the source lies `fill`.
    ///
    /// `nearest`, `bilinear` and `bicubic` are known here.
    public func warped(
        by map: PlaneMap, to target: ImageSize, interpolation: Interpolation = .nearest,
        fill: Color = .black
    ) -> Image {
        precondition(
            interpolation != .box && interpolation != .lanczos,
            "warped: expected nearest, bilinear or bicubic, got \(interpolation)")
        let result = Image(
            unfilledHeight: target.height, width: target.width, channels: channels)
        withUnsafeSamples {
            require(
                ci_warp(
                    $0.baseAddress, Int32(height), Int32(width), Int32(channels),
                    result.storage.pointer, Int32(target.height), Int32(target.width),
                    map.coefficients, interpolation.filter, fill.samples(channels: channels)),
                "warped")
        }
        return result
    }
}
