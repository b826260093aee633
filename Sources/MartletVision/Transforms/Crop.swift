import Foundation
public import Martlet

/// Cuts out the middle, as `torchvision.transforms.CenterCrop`; smaller images are padded with black.
public struct CenterCrop: Transform, Hashable, Codable {
    public var size: ImageSize

    public init(_ size: ImageSize) { self.size = size }

    public func apply(_ parameters: Void, to image: Image) -> Image {
        image.size == size ? image : image.centerCropped(to: size)
    }

    public func move(_ point: Point, _ parameters: Void, of size: ImageSize) -> Point {
        CenterCrop.rect(of: self.size, in: size).showing(point, at: self.size)
    }

    public func outputSize(_ parameters: Void, of size: ImageSize) -> ImageSize { self.size }

    public var description: String { "CenterCrop(\(size))" }

    /// Where the middle begins; outside the image where that is smaller. Ties go to the even number, as
    /// Python's `round`.
    static func rect(of target: ImageSize, in size: ImageSize) -> PixelRect {
        func start(_ inner: Int, _ outer: Int) -> Int {
            if inner > outer { return -((inner - outer) / 2) }
            return Int((Double(outer - inner) / 2).rounded(.toNearestOrEven))
        }
        return PixelRect(
            top: start(target.height, size.height), left: start(target.width, size.width),
            height: target.height, width: target.width)
    }
}

/// Adds a border, as `torchvision.transforms.Pad`.
public struct Pad: Transform, Hashable, Codable {
    public var padding: Padding
    public var fill: Color
    public var mode: ImagePaddingMode

    public init(_ padding: Padding, fill: Color = .black, mode: ImagePaddingMode = .constant) {
        self.padding = padding
        self.fill = fill
        self.mode = mode
    }

    public func apply(_ parameters: Void, to image: Image) -> Image {
        image.padded(padding, mode: mode, fill: fill)
    }

    public func move(_ point: Point, _ parameters: Void, of size: ImageSize) -> Point {
        Point(x: point.x + Double(padding.left), y: point.y + Double(padding.top))
    }

    public func outputSize(_ parameters: Void, of size: ImageSize) -> ImageSize {
        ImageSize(
            height: size.height + padding.top + padding.bottom,
            width: size.width + padding.left + padding.right)
    }

    public var description: String {
        "Pad(\(padding.left), \(padding.top), \(padding.right), \(padding.bottom), \(mode))"
    }
}

/// Cuts out a rectangle at a random place, after padding, as `torchvision.transforms.RandomCrop`.
///
/// Where torchvision refuses images smaller than the crop, these are padded further with `fill`, at
/// both sides: one small file must not end a training run.
public struct RandomCrop: Transform, Hashable {
    public var size: ImageSize
    public var padding: Padding
    public var fill: Color
    public var paddingMode: ImagePaddingMode

    public init(
        _ size: ImageSize, padding: Padding = 0, fill: Color = .black,
        paddingMode: ImagePaddingMode = .constant
    ) {
        precondition(size.shorterSide > 0, "RandomCrop: expected a size above 0, got \(size)")
        self.size = size
        self.padding = padding
        self.fill = fill
        self.paddingMode = paddingMode
    }

    /// The rectangle, in coordinates of the image before padding.
    public func parameters(for size: ImageSize, generator: inout Generator) -> PixelRect {
        func start(_ crop: Int, _ length: Int, _ before: Int, _ after: Int) -> Int {
            let room = length + before + after - crop
            return generator.integer(in: min(room, 0)..<max(room, 0) + 1) - before
        }
        return PixelRect(
            top: start(self.size.height, size.height, padding.top, padding.bottom),
            left: start(self.size.width, size.width, padding.left, padding.right),
            height: self.size.height, width: self.size.width)
    }

    public func apply(_ rect: PixelRect, to image: Image) -> Image {
        if paddingMode == .constant || padding.isEmpty { return image.cropped(rect, fill: fill) }
        var inPadded = rect
        inPadded.top += padding.top
        inPadded.left += padding.left
        return image.padded(padding, mode: paddingMode).cropped(inPadded, fill: fill)
    }

    public func move(_ point: Point, _ rect: PixelRect, of size: ImageSize) -> Point {
        rect.showing(point, at: self.size)
    }

    public func outputSize(_ parameters: PixelRect, of size: ImageSize) -> ImageSize { self.size }

    public var description: String {
        let border = padding.isEmpty ? "" : ", padding \(padding.left), \(paddingMode)"
        return "RandomCrop(\(size)\(border))"
    }
}

/// Cuts out a random part of random proportions and scales it to a fixed size, as
/// `torchvision.transforms.RandomResizedCrop` (the crop of "Going Deeper with Convolutions", 2014).
public struct RandomResizedCrop: Transform, Hashable {
    public var size: ImageSize
    /// The share of the image's area that is cut out.
    public var scale: ClosedRange<Double>
    /// Width over height of the part.
    public var ratio: ClosedRange<Double>
    public var interpolation: Interpolation
    public var antialias: Bool

    public init(
        _ size: ImageSize, scale: ClosedRange<Double> = 0.08...1,
        ratio: ClosedRange<Double> = 3.0 / 4...4.0 / 3, interpolation: Interpolation = .bilinear,
        antialias: Bool = true
    ) {
        precondition(
            size.shorterSide > 0 && scale.lowerBound > 0 && ratio.lowerBound > 0,
            "RandomResizedCrop: expected size, scale and ratio above 0, got \(size), \(scale), \(ratio)"
        )
        self.size = size
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation
        self.antialias = antialias
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> PixelRect {
        for _ in 0..<10 {
            let area = Double(size.area) * generator.uniform(scale.lowerBound, scale.upperBound)
            let aspect = exp(generator.uniform(log(ratio.lowerBound), log(ratio.upperBound)))
            let width = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
            let height = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
            if width > 0 && width <= size.width && height > 0 && height <= size.height {
                return PixelRect(
                    top: generator.integer(in: 0..<size.height - height + 1),
                    left: generator.integer(in: 0..<size.width - width + 1), height: height,
                    width: width)
            }
        }
        // The middle, with proportions as near as allowed.
        var middle = size
        let aspect = Double(size.width) / Double(max(size.height, 1))
        if aspect < ratio.lowerBound {
            middle.height = min(
                Int((Double(size.width) / ratio.lowerBound).rounded(.toNearestOrEven)), size.height)
        } else if aspect > ratio.upperBound {
            middle.width = min(
                Int((Double(size.height) * ratio.upperBound).rounded(.toNearestOrEven)), size.width)
        }
        return PixelRect(
            top: (size.height - middle.height) / 2, left: (size.width - middle.width) / 2,
            height: middle.height, width: middle.width)
    }

    public func apply(_ rect: PixelRect, to image: Image) -> Image {
        image.resized(from: rect, to: size, interpolation: interpolation, antialias: antialias)
    }

    public func move(_ point: Point, _ rect: PixelRect, of size: ImageSize) -> Point {
        rect.showing(point, at: self.size)
    }

    public func outputSize(_ parameters: PixelRect, of size: ImageSize) -> ImageSize { self.size }

    public var description: String {
        "RandomResizedCrop(\(size), scale \(scale.lowerBound)-\(scale.upperBound), \(interpolation))"
    }
}
