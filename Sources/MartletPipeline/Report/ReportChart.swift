internal import Foundation

/// Curves over the epochs, as SVG.
struct ReportChart {
    struct Curve {
        let name: String
        /// A value an epoch, nil where there is none.
        let values: [Double?]
    }

    let title: String
    let curves: [Curve]

    private static let width = 420.0
    private static let height = 230.0
    private static let plot = (left: 52.0, top: 14.0, right: 408.0, bottom: 196.0)

    private var epochs: Int { curves.map(\.values.count).max() ?? 0 }

    /// The chart with its title and legend; nil without values.
    var html: HTML? {
        let values = curves.flatMap { $0.values.compactMap(\.self) }
        guard let low = values.min(), let high = values.max() else { return nil }
        let scale = Scale(low: low, high: high)
        let legend: [HTML] =
            curves.count > 1
            ? curves.enumerated().map { "<span class=\"c\($0)\">\($1.name)</span>" } : []
        return """
            <figure class="chart"><figcaption>\(title)\(legend)</figcaption>
            <svg viewBox="0 0 \(number(ReportChart.width)) \(number(ReportChart.height))" role="img" \
            aria-label="\(title)">
            \(grid(scale))\(ticks)
            \(curves.enumerated().map { line($1, number: $0, scale) })</svg></figure>

            """
    }

    private func x(_ epoch: Int) -> Double {
        let (left, right) = (ReportChart.plot.left, ReportChart.plot.right)
        // A single epoch stands in the middle.
        return epochs < 2
            ? (left + right) / 2 : left + (right - left) * Double(epoch) / Double(epochs - 1)
    }

    private func y(_ value: Double, _ scale: Scale) -> Double {
        let (top, bottom) = (ReportChart.plot.top, ReportChart.plot.bottom)
        return bottom - (bottom - top) * (value - scale.low) / (scale.high - scale.low)
    }

    private func grid(_ scale: Scale) -> [HTML] {
        scale.ticks.map { value in
            let (left, right) = (ReportChart.plot.left, ReportChart.plot.right)
            let height = number(y(value, scale))
            return """
                <path class="grid" d="M\(number(left)) \(height)H\(number(right))"/>\
                <text class="end" x="\(number(left - 6))" y="\(height)" dy="4">\(scale.text(value))</text>

                """
        }
    }

    private var ticks: [HTML] {
        let every = max(1, Int((Double(epochs) / 8).rounded(.up)))
        let bottom = number(ReportChart.plot.bottom + 18)
        let numbers: [HTML] = stride(from: 0, to: epochs, by: every).map {
            "<text class=\"middle\" x=\"\(number(x($0)))\" y=\"\(bottom)\">\($0 + 1)</text>"
        }
        let middle = number((ReportChart.plot.left + ReportChart.plot.right) / 2)
        let name: HTML =
            "<text class=\"middle\" x=\"\(middle)\" y=\"\(number(ReportChart.height - 2))\">epoch</text>"
        return numbers + [name]
    }

    /// A line that is broken where values are missing, and points where there are few.
    private func line(_ curve: Curve, number index: Int, _ scale: Scale) -> HTML {
        var path = ""
        var isDrawing = false
        for (epoch, value) in curve.values.enumerated() {
            if let value {
                path += (isDrawing ? "L" : "M") + "\(number(x(epoch))) \(number(y(value, scale)))"
            }
            isDrawing = value != nil
        }
        let points: [HTML] = curve.values.enumerated().compactMap { epoch, value in
            guard let value, epochs <= 60 else { return nil }
            return """
                <circle cx="\(number(x(epoch)))" cy="\(number(y(value, scale)))" r="3">\
                <title>\(curve.name), epoch \(epoch + 1): \(Scale.short(value))</title></circle>
                """
        }
        return "<g class=\"c\(index)\"><path d=\"\(path)\"/>\(points)</g>\n"
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }
}

/// The range of an axis, and round numbers on it.
struct Scale {
    let low: Double
    let high: Double
    let ticks: [Double]
    private let step: Double

    init(low: Double, high: Double) {
        // What is further out is drawn off the chart: the difference of two numbers must be one.
        let (low, high) = (max(low, -1e300), min(high, 1e300))
        // Equal values stand in the middle of a range around them.
        let spread = high - low
        let span = spread > 1e-9 * max(abs(low), abs(high)) ? spread : max(abs(high) * 0.1, 1e-9)
        let magnitude = pow(10, (log10(span / 4)).rounded(.down))
        let step = [1, 2, 5, 10].map { $0 * magnitude }.first { span / $0 <= 5 } ?? magnitude * 10
        let isFlat = span != spread
        let bottom = ((isFlat ? low - span / 2 : low) / step).rounded(.down)
        let top = ((isFlat ? high + span / 2 : high) / step).rounded(.up)
        self.step = step
        self.low = bottom * step
        self.high = max(top, bottom + 1) * step
        ticks = (0...Int(max(top - bottom, 1))).map { (bottom + Double($0)) * step }
    }

    /// A tick with the digits that its distance to the next needs.
    func text(_ value: Double) -> String {
        if value == 0 { return "0" }
        if step < 1e-4 || abs(value) >= 1e6 { return String(format: "%.3g", value) }
        return String(format: "%.*f", max(0, Int(-log10(step).rounded(.down))), value)
    }

    /// A value in up to five digits.
    static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e6
            ? String(Int(value)) : String(format: "%.5g", value)
    }
}
