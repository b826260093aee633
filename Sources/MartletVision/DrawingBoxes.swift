public import MartletMetrics

/// A box to be drawn on an image, with words beside it.
public struct LabelledBox: Sendable {
    /// In pixels of the image it belongs to.
    public var box: Box
    /// What stands at its upper edge; empty for nothing.
    public var text: String
    /// Of the outline, and behind the words.
    public var color: Color

    /// A box in pixels of an image, with words (none by default) and a colour.
    public init(_ box: Box, _ text: String = "", _ color: Color) {
        self.box = box
        self.text = text
        self.color = color
    }
}

extension Image {
    /// The image in colour with boxes drawn on it, scaled by `scale` before.
    ///
    /// - Parameters:
    ///   - boxes: in pixels of the image; drawn in order, so that the last lie on top.
    ///   - scale: how many times larger the picture is than the image.
    public func drawing(_ boxes: [LabelledBox], scale: Double = 1) -> Image {
        var picture = converted(channels: 3)
        if scale != 1 {
            picture = Resize(
                .exactly(
                    ImageSize(
                        height: max(1, Int((Double(height) * scale).rounded())),
                        width: max(1, Int((Double(width) * scale).rounded()))))
            )(picture)
        }
        let thickness = max(1, picture.size.shorterSide / 250)
        let textHeight = max(8, Double(picture.size.shorterSide) / 45)
        for item in boxes {
            let rect = PixelRect(
                top: Int((item.box.y * scale).rounded()), left: Int((item.box.x * scale).rounded()),
                height: max(1, Int((item.box.height * scale).rounded())),
                width: max(1, Int((item.box.width * scale).rounded())))
            picture.outline(rect, item.color, thickness: thickness)
            guard !item.text.isEmpty else { continue }
            let style = TextStyle(height: textHeight, color: item.color.contrast)
            let size = style.size(of: item.text)
            let height = size.ascent + size.descent + 2
            // Above the box, or within it where there is no room above.
            let top = rect.top >= height ? rect.top - height : max(0, rect.top)
            let left = max(0, min(rect.left, picture.width - size.width - 4))
            picture.fill(
                PixelRect(top: top, left: left, height: height, width: size.width + 4), item.color)
            picture.drawText(item.text, x: left + 2, y: top + size.ascent + 1, style: style)
        }
        return picture
    }
}

extension Color {
    /// Colours that are easily told apart, one for each class, over and over.
    public static func ofClass(_ label: Int) -> Color {
        let all: [(UInt8, UInt8, UInt8)] = [
            (230, 25, 75), (60, 180, 75), (0, 110, 220), (255, 170, 20), (145, 30, 180),
            (0, 190, 190), (240, 50, 230), (150, 190, 20), (250, 130, 150), (0, 128, 128),
            (170, 110, 40), (128, 0, 0), (110, 110, 255), (128, 128, 0), (70, 70, 70),
        ]
        let color = all[label % all.count]
        return Color(red: color.0, green: color.1, blue: color.2)
    }

    /// Black or white, whichever is easier to read on this colour.
    var contrast: Color {
        let light = 299 * Int(red) + 587 * Int(green) + 114 * Int(blue)
        return light > 140_000 ? .black : .white
    }
}
