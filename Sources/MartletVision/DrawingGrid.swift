internal import Martlet

/// A picture of many small images with a caption each, such as a sample of predictions.
public struct ImageGrid: Sendable {
    /// What a caption's colour says.
    public enum Verdict: Sendable {
        case right, wrong, neutral

        var color: Color {
            switch self {
            case .right: .green
            case .wrong: .red
            case .neutral: .black
            }
        }
    }

    /// One image and what stands below it.
    public struct Cell: Sendable {
        public var image: Image
        /// Lines of text; the first is drawn in the verdict's colour.
        public var caption: [String]
        public var verdict: Verdict

        public init(_ image: Image, caption: [String] = [], verdict: Verdict = .neutral) {
            self.image = image
            self.caption = caption
            self.verdict = verdict
        }
    }

    /// The pictures, row after row, and how many make a row.
    public var cells: [Cell]
    public var columns: Int
    /// The height and width that images are scaled to fit, in pixels.
    public var side: Int
    public var title: String

    public init(_ cells: [Cell], columns: Int = 8, side: Int = 112, title: String = "") {
        precondition(
            columns > 0 && side > 0,
            "ImageGrid: expected columns and a side above 0, got \(columns), \(side)")
        self.cells = cells
        self.columns = columns
        self.side = side
        self.title = title
    }

    /// The picture, on white.
    public func image() -> Image {
        let gap = 10
        let lineHeight = 15
        let lines = cells.map(\.caption.count).max() ?? 0
        let top = title.isEmpty ? gap : 34
        let pitch = (x: side + gap, y: side + lines * lineHeight + gap + 4)
        let columns = max(1, min(columns, cells.count))
        let rows = (cells.count + columns - 1) / columns
        var result = Image(
            height: top + rows * pitch.y, width: gap + columns * pitch.x, fill: .white)
        if !title.isEmpty {
            let style = TextStyle(height: 11)
            result.drawText(
                style.fitting(title, width: result.width - 2 * gap), x: gap, y: 23, style: style)
        }
        for (index, cell) in cells.enumerated() {
            draw(
                cell, into: &result, left: gap + index % columns * pitch.x,
                top: top + index / columns * pitch.y, lineHeight: lineHeight)
        }
        return result
    }

    private func draw(
        _ cell: Cell, into result: inout Image, left: Int, top: Int, lineHeight: Int
    ) {
        let scaled = fitted(cell.image)
        result.paste(
            scaled, top: top + (side - scaled.height) / 2, left: left + (side - scaled.width) / 2)
        if cell.verdict != .neutral {
            result.outline(
                PixelRect(top: top - 2, left: left - 2, height: side + 4, width: side + 4),
                cell.verdict.color, thickness: 2)
        }
        for (line, text) in cell.caption.enumerated() {
            let style = TextStyle(
                height: 8, color: line == 0 ? cell.verdict.color : Color(grey: 90))
            result.drawText(
                style.fitting(text, width: side), x: left, y: top + side + 13 + line * lineHeight,
                style: style)
        }
    }

    /// The image within the cell. Small images are enlarged by whole pixels, so that what the network
    /// saw is seen.
    private func fitted(_ image: Image) -> Image {
        guard image.size.area > 0 else { return Image(height: side, width: side, fill: .white) }
        let scale = Double(side) / Double(image.size.longerSide)
        let size = ImageSize(
            height: max(1, Int((Double(image.height) * scale).rounded())),
            width: max(1, Int((Double(image.width) * scale).rounded())))
        return image.resized(to: size, interpolation: scale > 1 ? .nearest : .bilinear)
    }
}
