internal import Martlet

/// A line search for a length at which the loss has fallen enough and its slope has become flat
/// enough: the strong Wolfe conditions (Nocedal and Wright, "Numerical optimization", 2006, algorithms
/// 3.5 and 3.6), with cubic interpolation, as PyTorch has it.
struct StrongWolfe {
    /// A length, with the loss, the gradient and the loss's slope along the direction there.
    struct Point {
        var length: Double
        var loss: Double
        var gradient: Tensor
        var slope: Double
    }

    /// The loss, its gradient and slope at the length 0.
    let loss: Double
    let gradient: Tensor
    let slope: Double
    let direction: Tensor
    let changeTolerance: Double
    let maxEvaluations: Int

    /// How much of the first slope the loss must have fallen by, and how much of it may be left.
    private static let decrease = 1e-4
    private static let curvature = 0.9

    init(
        loss: Double, gradient: Tensor, slope: Double, direction: Tensor, changeTolerance: Double,
        maxEvaluations: Int
    ) {
        self.loss = loss
        self.gradient = gradient
        self.slope = slope
        self.direction = direction
        self.changeTolerance = changeTolerance
        self.maxEvaluations = maxEvaluations
    }

    /// - Parameters:
    ///   - length: the first length to try.
    ///   - evaluate: the loss and its gradient at a length.
    func run(
        from length: Double, _ evaluate: (Double) throws -> (loss: Double, gradient: Tensor)
    ) rethrows -> (point: Point, evaluations: Int) {
        func point(_ length: Double) throws -> Point {
            let (loss, gradient) = try evaluate(length)
            return Point(
                length: length, loss: loss, gradient: gradient,
                slope: gradient.dot(direction).item(as: Double.self))
        }
        var new = try point(length)
        var iterations = 0
        let start = Point(length: 0, loss: loss, gradient: gradient, slope: slope)
        var previous = start
        // Two lengths between which one is good, once the first of the conditions fails.
        var bracket: [Point]?
        while iterations < maxEvaluations, bracket == nil {
            if !hasFallen(new) || (iterations > 1 && new.loss >= previous.loss) {
                bracket = [previous, new]
            } else if isFlat(new) {
                return (new, iterations + 1)
            } else if new.slope >= 0 {
                bracket = [previous, new]
            } else {
                let next = StrongWolfe.interpolate(
                    previous, new,
                    bounds: (new.length + 0.01 * (new.length - previous.length), new.length * 10))
                previous = new
                new = try point(next)
                iterations += 1
            }
        }
        var ends = bracket ?? [start, new]
        var low = ends[0].loss <= ends[1].loss ? 0 : 1
        let width = direction.greatest
        var isStuck = false
        while iterations < maxEvaluations {
            if abs(ends[1].length - ends[0].length) * width < changeTolerance { break }
            let new = try point(trial(ends[0], ends[1], &isStuck))
            iterations += 1
            if !hasFallen(new) || new.loss >= ends[low].loss {
                ends[1 - low] = new
                low = ends[0].loss <= ends[1].loss ? 0 : 1
                continue
            }
            if isFlat(new) { return (new, iterations + 1) }
            if new.slope * (ends[1 - low].length - ends[low].length) >= 0 {
                ends[1 - low] = ends[low]
            }
            ends[low] = new
        }
        return (ends[low], iterations + 1)
    }

    private func hasFallen(_ point: Point) -> Bool {
        !(point.loss > loss + StrongWolfe.decrease * point.length * slope)
    }

    private func isFlat(_ point: Point) -> Bool {
        abs(point.slope) <= -StrongWolfe.curvature * slope
    }

    /// A length between two, a tenth of the way from an end if interpolation does not get away from it.
    private func trial(_ a: Point, _ b: Point, _ isStuck: inout Bool) -> Double {
        let length = StrongWolfe.interpolate(a, b, bounds: nil)
        let (least, greatest) = (min(a.length, b.length), max(a.length, b.length))
        let margin = 0.1 * (greatest - least)
        guard min(greatest - length, length - least) < margin else {
            isStuck = false
            return length
        }
        guard isStuck || length >= greatest || length <= least else {
            isStuck = true
            return length
        }
        isStuck = false
        return abs(length - greatest) < abs(length - least) ? greatest - margin : least + margin
    }

    /// Where the cubic through two points with their slopes is least; the middle of the bounds, by
    /// default the points, where it is nowhere.
    private static func interpolate(_ a: Point, _ b: Point, bounds: (Double, Double)?) -> Double {
        let (a, b) = a.length <= b.length ? (a, b) : (b, a)
        let (least, greatest) = bounds ?? (a.length, b.length)
        let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
        let square = d1 * d1 - a.slope * b.slope
        guard square >= 0 else { return (least + greatest) / 2 }
        let d2 = square.squareRoot()
        let place =
            b.length - (b.length - a.length)
            * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
        return min(max(place, least), greatest)
    }
}
