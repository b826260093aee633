internal import Foundation

/// How tensors are written as text (PyTorch's `set_printoptions`).
public struct PrintOptions: Sendable, Equatable {
    /// Digits after the point.
    public var precision = 4
    /// Tensors of more elements are summarised.
    public var threshold = 1000
    /// How many entries at the ends of each dimension a summary shows.
    public var edgeItems = 3
    /// Characters a line may have.
    public var lineWidth = 80
    /// Whether numbers have an exponent; nil to decide by their size.
    public var scientific: Bool?

    public init() {}
}

extension Tensor: CustomStringConvertible {
    /// The elements as PyTorch prints them, in 4 digits, with the type where it is not what the digits suggest.
    public var description: String { formatted(PrintOptions()) }

    /// The elements as PyTorch prints them.
    public func formatted(_ options: PrintOptions) -> String {
        let prefix = "tensor("
        var suffixes: [String] = []
        if count == 0 && shape != [0] { suffixes.append("size=(\(shape.sizes))") }
        let isDefault = dtype == .float32 || dtype == .int64 || dtype == .bool
        if !isDefault || count == 0 && dtype != .float32 { suffixes.append("dtype=\(dtype)") }
        if let node = edge?.node {
            suffixes.append(node.isLeaf ? "requiresGrad=true" : "operation=\(node.name)")
        }
        let x = noGrad { detach() }
        let body: String
        if count == 0 {
            body = "[]"
        } else {
            let isSummarised = count > options.threshold
            let shown = isSummarised ? x.ends(options.edgeItems) : x
            let format = NumberFormat(shown, options)
            body = x.lines(indent: prefix.count, format, options, isSummarised)
        }
        var text = prefix + body
        var column =
            text.count
            - (text.lastIndex(of: "\n").map { text.distance(from: text.startIndex, to: $0) + 1 }
                ?? 0)
        for suffix in suffixes {
            // A suffix that does not fit goes on a line of its own.
            if column + suffix.count + 2 > options.lineWidth {
                text += ",\n" + String(repeating: " ", count: prefix.count) + suffix
                column = prefix.count + suffix.count
            } else {
                text += ", " + suffix
                column += suffix.count + 2
            }
        }
        return text + ")"
    }

    /// Only the first and last entries of every dimension that has more.
    private func ends(_ count: Int) -> Tensor {
        shape.indices.reduce(self) { x, d in
            guard x.shape[d] > 2 * count else { return x }
            return Tensor.cat(
                [x.slice(dim: d, to: count), x.slice(dim: d, from: x.shape[d] - count)], dim: d)
        }
    }

    private func lines(
        indent: Int, _ format: NumberFormat, _ options: PrintOptions, _ isSummarised: Bool
    ) -> String {
        if ndim == 0 { return format.text(of: self)[0] }
        let n = shape[0]
        let isCut = isSummarised && n > 2 * options.edgeItems
        if ndim == 1 {
            var cells =
                isCut
                ? format.text(of: slice(dim: 0, to: options.edgeItems)) + [" ..."]
                    + format.text(of: slice(dim: 0, from: n - options.edgeItems))
                : format.text(of: self)
            let perLine = Swift.max(1, (options.lineWidth - indent) / (format.width + 2))
            var rows: [String] = []
            while !cells.isEmpty {
                rows.append(cells.prefix(perLine).joined(separator: ", "))
                cells.removeFirst(Swift.min(perLine, cells.count))
            }
            let gap = String(repeating: " ", count: indent + 1)
            return "[" + rows.joined(separator: ",\n\(gap)") + "]"
        }
        func part(_ i: Int) -> String {
            select(dim: 0, index: i).lines(indent: indent + 1, format, options, isSummarised)
        }
        let parts =
            isCut
            ? (0..<options.edgeItems).map(part) + ["..."]
                + ((n - options.edgeItems)..<n).map(part)
            : (0..<n).map(part)
        let gap =
            "," + String(repeating: "\n", count: ndim - 1)
            + String(repeating: " ", count: indent + 1)
        return "[" + parts.joined(separator: gap) + "]"
    }
}

extension [Int] {
    fileprivate var sizes: String {
        map(String.init).joined(separator: ", ") + (count == 1 ? "," : "")
    }
}

/// One way to write all numbers of a tensor, wide enough for the widest of them.
private struct NumberFormat {
    private let kind: Kind
    private let precision: Int
    let width: Int

    private enum Kind { case truth, whole, wholeReal, fixed, scientific }

    /// PyTorch's rules: whole numbers have a point alone; an exponent where the greatest number is 1000 times the least, or
    /// above 10^8, or the least below 10^-4.
    init(_ x: Tensor, _ options: PrintOptions) {
        precision = options.precision
        if x.dtype == .bool {
            kind = .truth
            width = x.array(as: Bool.self).contains(false) ? 5 : 4
            return
        }
        guard x.dtype.isFloatingPoint else {
            kind = .whole
            width = x.array(as: Int.self).map { String($0).count }.max() ?? 1
            return
        }
        let all = x.array(as: Double.self)
        let numbers = all.filter { $0.isFinite && $0 != 0 }.map { $0.magnitude }
        let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let isWhole = numbers.allSatisfy { $0 == $0.rounded(.up) }
        let isWide = high / low > 1000 || high > 1e8
        let needsExponent = isWhole ? isWide : isWide || low < 1e-4
        if options.scientific ?? (!numbers.isEmpty && needsExponent) {
            kind = .scientific
        } else {
            kind = isWhole ? .wholeReal : .fixed
        }
        let (kind, precision) = (kind, precision)
        width = all.map { NumberFormat.text($0, kind, precision).count }.max() ?? 1
    }

    /// Each number, padded in front.
    func text(of x: Tensor) -> [String] {
        let cells: [String] =
            switch kind {
            case .truth: x.array(as: Bool.self).map { $0 ? "true" : "false" }
            case .whole: x.array(as: Int.self).map { String($0) }
            default: x.array(as: Double.self).map { NumberFormat.text($0, kind, precision) }
            }
        if x.ndim == 0 { return cells }
        return cells.map { String(repeating: " ", count: max(0, width - $0.count)) + $0 }
    }

    private static func text(_ x: Double, _ kind: Kind, _ precision: Int) -> String {
        if x.isNaN { return "nan" }
        if x.isInfinite { return x < 0 ? "-inf" : "inf" }
        switch kind {
        case .scientific: return String(format: "%.\(precision)e", x)
        case .wholeReal: return String(format: "%.0f.", x)
        default: return String(format: "%.\(precision)f", x)
        }
    }
}
