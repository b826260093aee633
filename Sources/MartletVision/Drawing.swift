internal import CImage
import Foundation

/// A point in an image, in pixels from the top left; (0.5, 0.5) is the middle of the first pixel.
public struct Point: Sendable, Hashable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// In the sixteenths of a pixel in which shapes are drawn, whose origin is the middle of a pixel.
    fileprivate var fixed: ci_point {
        func convert(_ value: Double) -> Int32 {
            let limit = Double(1 << 24)
            return Int32((min(max(value - 0.5, -limit), limit) * 16).rounded())
        }
        return ci_point(x: convert(x), y: convert(y))
    }
}

/// How text is drawn.
public struct TextStyle: Sendable, Hashable {
    /// The height of capital letters, in pixels.
    public var height: Double
    /// The thickness of strokes, in pixels.
    public var thickness: Int
    public var color: Color

    public init(height: Double = 9, thickness: Int = 1, color: Color = .black) {
        self.height = height
        self.thickness = thickness
        self.color = color
    }

    /// Capitals of the font are 21 units high.
    fileprivate var scale: Double { height / 21 }

    /// The size of a line of text: width, height above its baseline and depth below it, in pixels.
    public func size(of text: String) -> (width: Int, ascent: Int, descent: Int) {
        var width: Int32 = 0
        var ascent: Int32 = 0
        var descent: Int32 = 0
        require(
            ci_text_size(TextStyle.ascii(text), scale, Int32(thickness), &width, &ascent, &descent),
            "TextStyle.size")
        return (Int(width), Int(ascent), Int(descent))
    }

    /// The text cut off to a width, with dots where something is missing.
    public func fitting(_ text: String, width: Int) -> String {
        if size(of: text).width <= width { return text }
        var shortened = text
        while !shortened.isEmpty && size(of: shortened + "..").width > width {
            shortened.removeLast()
        }
        return shortened + ".."
    }

    /// The font has ASCII only: accents are dropped, other characters become question marks.
    fileprivate static func ascii(_ text: String) -> String {
        String(
            text.folding(options: .diacriticInsensitive, locale: nil)
                .map { $0.isASCII ? $0 : "?" })
    }
}

/// Where text stands relative to its point.
public enum TextAlignment: Sendable {
    case left, center, right
}

extension Image {
    /// Fills a rectangle, as far as it lies in the image.
    public mutating func fill(_ rect: PixelRect, _ color: Color) {
        draw(color) {
            ci_fill(
                $0, $1, $2, $3, Int32(rect.left), Int32(rect.top), Int32(rect.width),
                Int32(rect.height), $4)
            return CI_OK
        }
    }

    /// Outlines a rectangle; the line lies inside it.
    public mutating func outline(_ rect: PixelRect, _ color: Color, thickness: Int = 1) {
        let t = min(thickness, rect.height, rect.width)
        let bottom = rect.top + rect.height - t
        let right = rect.left + rect.width - t
        fill(PixelRect(top: rect.top, left: rect.left, height: t, width: rect.width), color)
        fill(PixelRect(top: bottom, left: rect.left, height: t, width: rect.width), color)
        fill(PixelRect(top: rect.top, left: rect.left, height: rect.height, width: t), color)
        fill(PixelRect(top: rect.top, left: right, height: rect.height, width: t), color)
    }

    /// Draws lines from point to point.
    public mutating func drawLines(
        _ points: [Point], _ color: Color, thickness: Int = 1, closed: Bool = false
    ) {
        if points.isEmpty { return }
        let fixed = points.map(\.fixed)
        draw(color) {
            ci_draw_lines(
                $0, $1, $2, $3, fixed, Int32(fixed.count), closed ? 1 : 0, Int32(thickness), $4)
        }
    }

    /// Fills the polygon with these corners.
    public mutating func fillPolygon(_ points: [Point], _ color: Color) {
        if points.isEmpty { return }
        let fixed = points.map(\.fixed)
        draw(color) { ci_fill_polygon($0, $1, $2, $3, fixed, Int32(fixed.count), $4) }
    }

    /// Draws a circle.
    public mutating func drawCircle(
        _ center: Point, radius: Double, _ color: Color, thickness: Int = 1
    ) {
        draw(color) {
            ci_draw_circle(
                $0, $1, $2, $3, center.fixed, Int32((radius * 16).rounded()), Int32(thickness), $4)
        }
    }

    /// Fills a circle.
    public mutating func fillCircle(_ center: Point, radius: Double, _ color: Color) {
        drawCircle(center, radius: radius, color, thickness: -1)
    }

    /// Draws a line of text with its baseline at `y`, starting, centred or ending at `x`.
    public mutating func drawText(
        _ text: String, x: Int, y: Int, style: TextStyle = TextStyle(),
        alignment: TextAlignment = .left
    ) {
        let width = alignment == .left ? 0 : style.size(of: text).width
        let start =
            switch alignment {
            case .left: x
            case .center: x - width / 2
            case .right: x - width
            }
        let ascii = TextStyle.ascii(text)
        draw(style.color) {
            ci_draw_text(
                $0, $1, $2, $3, ascii, ci_point(x: Int32(start), y: Int32(y)), style.scale,
                Int32(style.thickness), $4)
        }
    }

    /// Copies another image with its top left corner at a place, as far as it fits.
    public mutating func paste(_ other: Image, top: Int, left: Int) {
        let other = other.converted(channels: channels)
        let rows = max(0, -top)..<max(max(0, -top), min(other.height, height - top))
        let columns = max(0, -left)..<max(max(0, -left), min(other.width, width - left))
        let pitch = width * channels
        let channels = channels
        withUnsafeMutableSamples { target in
            other.withUnsafeSamples { source in
                for row in rows {
                    let from = (row * other.width + columns.lowerBound) * channels
                    let to = (top + row) * pitch + (left + columns.lowerBound) * channels
                    for k in 0..<columns.count * channels { target[to + k] = source[from + k] }
                }
            }
        }
    }

    private mutating func draw(
        _ color: Color,
        _ body: (UnsafeMutablePointer<UInt8>?, Int32, Int32, Int32, [UInt8]) -> ci_status
    ) {
        let samples = color.samples(channels: channels)
        let (height, width, channels) = (Int32(height), Int32(width), Int32(channels))
        if height == 0 || width == 0 { return }
        withUnsafeMutableSamples {
            require(body($0.baseAddress, height, width, channels, samples), "drawing")
        }
    }
}
