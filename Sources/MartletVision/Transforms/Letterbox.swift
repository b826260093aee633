internal import Martlet

/// Scales the image to fit into a size, keeping its proportions, and fills what is left at both sides.
public struct Letterbox: Transform, Hashable, Codable {
    public var size: ImageSize
    public var fill: Color

    /// Fills with a middle grey by default, as YOLO's.
    public init(_ size: ImageSize, fill: Color = Color(grey: 114)) {
        precondition(size.shorterSide > 0, "Letterbox: expected a size above 0, got \(size)")
        self.size = size
        self.fill = fill
    }

    /// Where the scaled image lies in the result.
    private func place(of input: ImageSize) -> PixelRect {
        let factor = min(
            Double(size.width) / Double(max(input.width, 1)),
            Double(size.height) / Double(max(input.height, 1)))
        let height = min(max(Int((Double(input.height) * factor).rounded()), 1), size.height)
        let width = min(max(Int((Double(input.width) * factor).rounded()), 1), size.width)
        return PixelRect(
            top: (size.height - height) / 2, left: (size.width - width) / 2, height: height,
            width: width)
    }

    public func apply(_ parameters: Void, to image: Image) -> Image {
        let place = place(of: image.size)
        var result = Image(
            height: size.height, width: size.width, channels: image.channels, fill: fill)
        result.paste(
            image.size == place.size ? image : image.resized(to: place.size), top: place.top,
            left: place.left)
        return result
    }

    public func move(_ point: Point, _ parameters: Void, of input: ImageSize) -> Point {
        let place = place(of: input)
        let scaled = PixelRect(top: 0, left: 0, height: input.height, width: input.width)
            .showing(point, at: place.size)
        return Point(x: scaled.x + Double(place.left), y: scaled.y + Double(place.top))
    }

    public func outputSize(_ parameters: Void, of input: ImageSize) -> ImageSize { size }

    public var description: String { "Letterbox(\(size))" }
}
