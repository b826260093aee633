internal import Martlet

/// A picture of a confusion matrix: rows are the true classes, columns the predicted ones, and the
/// darkness of a field is its share of the row.
public struct ConfusionMatrixPicture: Sendable {
    /// `counts[truth][prediction]`.
    public var counts: [[Int]]
    public var classes: [String]
    public var title: String

    public init(counts: [[Int]], classes: [String], title: String = "Confusion matrix") {
        precondition(
            counts.count == classes.count && counts.allSatisfy { $0.count == classes.count },
            "ConfusionMatrixPicture: expected \(classes.count) rows and columns")
        self.counts = counts
        self.classes = classes
        self.title = title
    }

    private let label = TextStyle(height: 8)

    /// Fields large enough for their numbers while there are few, single pixels when there are many.
    private var field: Int {
        let digits = String(counts.joined().max() ?? 0).count
        let forText = max(28, 10 + 8 * digits)
        return classes.count <= 30 ? forText : max(2, min(20, 900 / classes.count))
    }

    /// The picture, on white.
    public func image() -> Image {
        let field = self.field
        let labelled = field >= 12
        let longest = min(classes.map { label.size(of: $0).width }.max() ?? 0, 140)
        let left = (labelled ? longest + 14 : 14) + 16
        // Names of columns stand in one line when they fit, numbered otherwise.
        let fits = classes.allSatisfy { label.size(of: $0).width <= field - 4 }
        let top = 64
        let side = field * classes.count
        var result = Image(
            height: top + side + 20, width: max(left + side + 20, 260), fill: .white)
        let heading = TextStyle(height: 11)
        result.drawText(
            heading.fitting(title, width: result.width - 20), x: 10, y: 22, style: heading)
        let grey = TextStyle(height: 8, color: Color(grey: 110))
        result.drawText("predicted", x: left + side / 2, y: 40, style: grey, alignment: .center)
        result.drawText("true", x: 6, y: top - 8, style: grey)
        for (row, name) in classes.enumerated() {
            let middle = top + row * field + field / 2 + 4
            if labelled {
                let prefix = fits ? "" : "\(row) "
                result.drawText(
                    label.fitting(prefix + name, width: left - 12), x: left - 8, y: middle,
                    style: label, alignment: .right)
                result.drawText(
                    fits ? name : "\(row)", x: left + row * field + field / 2, y: top - 8,
                    style: label, alignment: .center)
            }
            drawRow(row, into: &result, top: top, left: left, field: field)
        }
        result.outline(
            PixelRect(top: top, left: left, height: side + 1, width: side + 1), Color(grey: 150))
        return result
    }

    private func drawRow(_ row: Int, into result: inout Image, top: Int, left: Int, field: Int) {
        let total = counts[row].reduce(0, +)
        for (column, count) in counts[row].enumerated() {
            let share = total > 0 ? Double(count) / Double(total) : 0
            // The square root brings out rare confusions, which are what one looks for.
            let shade = share.squareRoot()
            let full = row == column ? Color.blue : Color.red
            let rect = PixelRect(
                top: top + row * field, left: left + column * field, height: field, width: field)
            result.fill(rect, Color.white.mixed(with: full, shade))
            guard field >= 28 else { continue }
            result.outline(
                PixelRect(
                    top: rect.top, left: rect.left, height: field + 1, width: field + 1),
                Color(grey: 225))
            if count > 0 {
                result.drawText(
                    "\(count)", x: rect.left + field / 2, y: rect.top + field / 2 + 4,
                    style: TextStyle(height: 8, color: shade > 0.6 ? .white : .black),
                    alignment: .center)
            }
        }
    }
}
