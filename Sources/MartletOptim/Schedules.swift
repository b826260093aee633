internal import Foundation
internal import Martlet

extension Schedule {
    /// Multiplied by `gamma` at every step; PyTorch's `ExponentialLR`.
    public static func exponential(gamma: Double) -> Schedule {
        Schedule { pow(gamma, Double($0)) }
    }

    /// From `start` to `end` along a line over `steps` steps, then `end`; PyTorch's `LinearLR`.
    public static func linear(from start: Double = 1.0 / 3, to end: Double = 1, steps: Int = 5)
        -> Schedule
    {
        precondition(steps > 0, "Schedule.linear: expected at least 1 step, got \(steps)")
        return Schedule { start + (end - start) * Double(min($0, steps)) / Double(steps) }
    }

    /// From 1 to 0 over `steps` steps along a power of the distance to the end; PyTorch's
    /// `PolynomialLR`.
    public static func polynomial(steps: Int = 5, power: Double = 1) -> Schedule {
        precondition(steps > 0, "Schedule.polynomial: expected at least 1 step, got \(steps)")
        return Schedule { pow(1 - Double(min($0, steps)) / Double(steps), power) }
    }

    /// A linear rise over `warmUp` steps, then a fall with the root of the number of steps, all
    /// divided by the root of the model's width (Vaswani et al., "Attention is all you need", 2017).
    /// The base learning rate is 1 in the paper.
    public static func noam(modelSize: Int, warmUp: Int = 4000) -> Schedule {
        precondition(
            modelSize > 0 && warmUp > 0,
            "Schedule.noam: expected a size and at least 1 step, got \(modelSize) and \(warmUp)")
        return Schedule { step in
            let step = Double(step + 1)
            return min(pow(step, -0.5), step * pow(Double(warmUp), -1.5))
                / Double(modelSize).squareRoot()
        }
    }

    /// Falls from 1 to `minimum` along half a cosine, again and again (Loshchilov and Hutter, "SGDR:
    /// Stochastic gradient descent with warm restarts", 2017); PyTorch's
    /// `CosineAnnealingWarmRestarts`.
    ///
    /// - Parameters:
    ///   - first: the steps of the first fall (T_0).
    ///   - multiple: how many times longer each fall is than the one before (T_mult).
    public static func cosineWithRestarts(
        first: Int, multiple: Int = 1, minimum: Double = 0
    ) -> Schedule {
        precondition(
            first > 0 && multiple > 0,
            "Schedule.cosineWithRestarts: expected at least 1 step and a multiple of at least 1, "
                + "got \(first) and \(multiple)")
        return Schedule { step in
            var (begin, length) = (0, first)
            if multiple == 1 {
                begin = step / first * first
            } else {
                while step - begin >= length {
                    begin += length
                    length *= multiple
                }
            }
            let progress = Double(step - begin) / Double(length)
            return minimum + (1 - minimum) * (1 + cos(.pi * progress)) / 2
        }
    }

    /// How the height of a cycle changes from one to the next; PyTorch's `triangular`, `triangular2`
    /// and `exp_range`.
    public enum CycleHeights: Sendable {
        /// All alike.
        case constant
        /// Each half as high as the one before.
        case halving
        /// Multiplied by this at every step.
        case exponential(Double)
    }

    /// The learning rate rises from `base` to 1 and falls back again and again, while the momentum does
    /// the opposite (Smith, "Cyclical learning rates for training neural networks", 2017); PyTorch's
    /// `CyclicLR`, the base learning rate being its `max_lr`.
    ///
    /// - Parameters:
    ///   - rise: the steps of a rise.
    ///   - fall: the steps of a fall; by default those of a rise.
    ///   - momentum: the least and the greatest momentum; nil leaves the optimiser's.
    public static func cyclic(
        from base: Double, rise: Int = 2000, fall: Int? = nil, heights: CycleHeights = .constant,
        momentum: ClosedRange<Double>? = 0.8...0.9
    ) -> Schedule {
        let total = rise + (fall ?? rise)
        precondition(
            rise > 0 && total > rise,
            "Schedule.cyclic: expected rises and falls of at least 1 step, got \(rise) and "
                + "\(total - rise)")
        @Sendable func height(_ step: Int) -> Double {
            let (cycle, place) = step.quotientAndRemainder(dividingBy: total)
            let height =
                place <= rise
                ? Double(place) / Double(rise) : Double(total - place) / Double(total - rise)
            switch heights {
            case .constant: return height
            case .halving: return height / pow(2, Double(cycle))
            case .exponential(let gamma): return height * pow(gamma, Double(step))
            }
        }
        return Schedule(
            factor: { base + (1 - base) * height($0) },
            momentum: { step in
                momentum.map { $0.upperBound - ($0.upperBound - $0.lowerBound) * height(step) }
            })
    }
}
