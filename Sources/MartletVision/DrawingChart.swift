import Foundation
internal import Martlet

/// A chart of curves with axes, ticks and a legend, such as losses and accuracies over the epochs.
public struct LineChart: Sendable {
    /// One curve. Values that are not finite leave a gap.
    public struct Curve: Sendable {
        /// What the legend says, and the points.
        public var name: String
        public var x: [Double]
        public var y: [Double]
        /// The next of `Color.series` when nil.
        public var color: Color?

        public init(_ name: String, x: [Double], y: [Double], color: Color? = nil) {
            precondition(
                x.count == y.count,
                "LineChart.Curve: \(x.count) positions for \(y.count) values")
            self.name = name
            self.x = x
            self.y = y
            self.color = color
        }

        /// Values at 1, 2, 3, ...
        public init(_ name: String, _ y: [Double], color: Color? = nil) {
            self.init(name, x: y.indices.map { Double($0 + 1) }, y: y, color: color)
        }

        fileprivate var points: [(x: Double, y: Double)] {
            zip(x, y).map { (x: $0, y: $1) }
        }
    }

    /// What is written around it, and what is drawn.
    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var curves: [Curve]
    /// The size of the picture.
    public var size: ImageSize
    /// The least and greatest value shown; from the values when nil.
    public var yRange: ClosedRange<Double>?

    public init(
        title: String = "", xLabel: String = "", yLabel: String = "", curves: [Curve],
        size: ImageSize = ImageSize(height: 360, width: 560), yRange: ClosedRange<Double>? = nil
    ) {
        precondition(
            size.height >= 120 && size.width >= 160,
            "LineChart: expected a size of at least 120x160, got \(size)")
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.curves = curves
        self.size = size
        self.yRange = yRange
    }

    /// The picture, on white.
    public func image() -> Image {
        var result = Image(height: size.height, width: size.width, fill: .white)
        let points = curves.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let x = Axis(points.map(\.x), whole: true, count: max(2, size.width / 90))
        let y = Axis(
            yRange.map { [$0.lowerBound, $0.upperBound] } ?? points.map(\.y), whole: false,
            count: max(2, size.height / 60))
        let tick = TextStyle(height: 8, color: Color(grey: 70))
        let widest = y.ticks.map { tick.size(of: y.text($0)).width }.max() ?? 0
        let plot = Plot(
            left: Double(widest + 20), top: title.isEmpty ? 34 : 50,
            right: Double(size.width - 18),
            bottom: Double(size.height - (xLabel.isEmpty ? 28 : 46)),
            x: x, y: y)
        drawFrame(plot, tick: tick, into: &result)
        for (index, curve) in curves.enumerated() {
            draw(curve, curve.color ?? .series(index), plot, into: &result)
        }
        drawLegend(plot, into: &result)
        return result
    }

    private func drawFrame(_ plot: Plot, tick: TextStyle, into result: inout Image) {
        let grid = Color(grey: 228)
        for value in plot.y.ticks {
            let y = plot.point(plot.x.low, value).y
            result.drawLines([Point(x: plot.left, y: y), Point(x: plot.right, y: y)], grid)
            result.drawText(
                plot.y.text(value), x: Int(plot.left) - 8, y: Int(y) + 4, style: tick,
                alignment: .right)
        }
        for value in plot.x.ticks {
            let x = plot.point(value, plot.y.low).x
            result.drawLines([Point(x: x, y: plot.top), Point(x: x, y: plot.bottom)], grid)
            result.drawText(
                plot.x.text(value), x: Int(x), y: Int(plot.bottom) + 17, style: tick,
                alignment: .center)
        }
        result.drawLines(
            [
                Point(x: plot.left, y: plot.top), Point(x: plot.left, y: plot.bottom),
                Point(x: plot.right, y: plot.bottom),
            ], Color(grey: 90))
        if !title.isEmpty {
            result.drawText(title, x: 12, y: 22, style: TextStyle(height: 11))
        }
        let label = TextStyle(height: 8, color: Color(grey: 110))
        result.drawText(yLabel, x: 12, y: Int(plot.top) - 12, style: label)
        result.drawText(
            xLabel, x: Int(plot.left + plot.right) / 2, y: size.height - 10, style: label,
            alignment: .center)
    }

    private func draw(_ curve: Curve, _ color: Color, _ plot: Plot, into result: inout Image) {
        var run: [Point] = []
        func flush(_ result: inout Image) {
            if run.count > 1 { result.drawLines(run, color, thickness: 2) }
            // Dots while they can be told apart; a single value would not show otherwise.
            if curve.x.count <= 40 {
                for point in run { result.fillCircle(point, radius: 2.5, color) }
            }
            run = []
        }
        for (x, y) in curve.points {
            if x.isFinite && y.isFinite {
                run.append(plot.point(x, min(max(y, plot.y.low), plot.y.high)))
            } else {
                flush(&result)
            }
        }
        flush(&result)
    }

    /// Right-aligned above the plot, out of the curves' way.
    private func drawLegend(_ plot: Plot, into result: inout Image) {
        let style = TextStyle(height: 8)
        var x = Int(plot.right)
        let y = Int(plot.top) - 12
        for (index, curve) in curves.enumerated().reversed() {
            x -= style.size(of: curve.name).width
            result.drawText(curve.name, x: x, y: y, style: style)
            let color = curve.color ?? .series(index)
            result.fill(PixelRect(top: y - 5, left: x - 22, height: 3, width: 16), color)
            x -= 22 + 14
        }
    }
}

/// Where values are in the picture.
private struct Plot {
    let left, top, right, bottom: Double
    let x, y: Axis

    func point(_ atX: Double, _ atY: Double) -> Point {
        Point(
            x: left + (atX - x.low) / (x.high - x.low) * (right - left),
            y: bottom - (atY - y.low) / (y.high - y.low) * (bottom - top))
    }
}

/// A range of values with round numbers in it.
private struct Axis {
    let low, high, step: Double

    init(_ values: [Double], whole: Bool, count: Int) {
        let least = values.min() ?? 0
        let greatest = values.max() ?? 1
        var span = greatest - least
        if span <= abs(greatest) * 1e-12 { span = max(abs(greatest) * 0.1, whole ? 1 : 1e-9) }
        // 1, 2 or 5 times a power of ten.
        let rough = span / Double(count)
        let power = pow(10, (log10(rough)).rounded(.down))
        var step = power * ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10)
        if whole { step = max(step.rounded(.up), 1) }
        self.step = step
        if whole {
            low = least
            high = max(greatest, least + 1)
        } else {
            low = (least / step).rounded(.down) * step
            high = max((greatest / step).rounded(.up) * step, low + step)
        }
    }

    var ticks: [Double] {
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard last >= first, last - first < 1000 else { return [] }
        return (0...Int(last - first)).map { (first + Double($0)) * step }
    }

    func text(_ value: Double) -> String {
        if value == 0 { return "0" }
        if abs(value) >= 1e6 || step < 1e-5 { return String(format: "%.2g", value) }
        let decimals = max(0, Int(-log10(step).rounded(.down)))
        return String(format: "%.\(decimals)f", value)
    }
}
