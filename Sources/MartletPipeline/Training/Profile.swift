/// Where the time of a run goes.
final class Profile {
    /// The parts of training, in the table's order.
    enum Part: String, CaseIterable {
        case data, forward, backward, optimizer, evaluation, checkpoint
    }

    private var seconds = [Double](repeating: 0, count: Part.allCases.count)
    private let start = ContinuousClock.now

    /// Runs the closure and adds its time to a part.
    func measure<R>(_ part: Part, _ body: () throws -> R) rethrows -> R {
        let begin = ContinuousClock.now
        defer {
            seconds[Part.allCases.firstIndex(of: part) ?? 0] +=
                (ContinuousClock.now - begin) / .seconds(1)
        }
        return try body()
    }

    /// Seconds of a part so far.
    func seconds(of part: Part) -> Double { seconds[Part.allCases.firstIndex(of: part) ?? 0] }

    /// Seconds since the beginning.
    var total: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// A line a part: seconds and share.
    var table: String {
        let total = total
        let rest = max(0, total - seconds.reduce(0, +))
        let rows =
            Array(zip(Part.allCases.map(\.rawValue), seconds)) + [
                ("other", rest), ("total", total),
            ]
        return rows.map { name, seconds in
            let share = decimal(100 * seconds / max(total, 1e-9), 1)
            return padded(name, 12, left: true) + padded(decimal(seconds, 2), 10) + " s"
                + padded(share, 7) + " %"
        }.joined(separator: "\n")
    }

    private func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return left ? text + space : space + text
    }

    private func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((value * Double(scale)).rounded())
        let fraction = String(whole % scale)
        return "\(whole / scale)."
            + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
