internal import Foundation
internal import Martlet

/// How the learning rate changes during training: a factor for each step, from 0, by which the base
/// rate is multiplied.
///
/// ```swift
/// let schedule = Schedule.cosine(steps: 10_000).warmedUp(steps: 500)
/// optimizer.step(learningRate: 0.1 * schedule.factor(at: step))
/// ```
public struct Schedule: Sendable {
    private let factors: @Sendable (Int) -> Double
    private let momenta: @Sendable (Int) -> Double?

    /// A schedule of one's own.
    ///
    /// - Parameters:
    ///   - factor: the factor of the learning rate at a step, from 0.
    ///   - momentum: the momentum at a step; nil leaves the optimiser's.
    public init(
        factor: @escaping @Sendable (Int) -> Double,
        momentum: @escaping @Sendable (Int) -> Double? = { _ in nil }
    ) {
        factors = factor
        momenta = momentum
    }

    /// What the base learning rate is multiplied by at a step, counted from 0.
    public func factor(at step: Int) -> Double {
        precondition(step >= 0, "Schedule: steps count from 0, got \(step)")
        return factors(step)
    }

    /// The optimiser's momentum at a step; nil leaves it as it is.
    public func momentum(at step: Int) -> Double? {
        precondition(step >= 0, "Schedule: steps count from 0, got \(step)")
        return momenta(step)
    }

    /// Always the base learning rate.
    public static let constant = Schedule { _ in 1 }

    /// Multiplied by `gamma` every `every` steps.
    public static func step(every: Int, gamma: Double = 0.1) -> Schedule {
        precondition(every > 0, "Schedule.step: expected at least 1 step, got \(every)")
        return Schedule { pow(gamma, Double($0 / every)) }
    }

    /// Multiplied by `gamma` at each milestone, which is a step.
    public static func multiStep(milestones: [Int], gamma: Double = 0.1) -> Schedule {
        precondition(
            milestones.allSatisfy { $0 >= 0 },
            "Schedule.multiStep: milestones are steps from 0, got \(milestones)")
        return Schedule { step in pow(gamma, Double(milestones.count { $0 <= step })) }
    }

    /// From 1 to `minimum` along half a cosine over `steps` steps, then `minimum` (Loshchilov and
    /// Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017, without the restarts).
    public static func cosine(steps: Int, minimum: Double = 0) -> Schedule {
        precondition(steps > 0, "Schedule.cosine: expected at least 1 step, got \(steps)")
        return Schedule { step in
            let progress = Double(min(step, steps)) / Double(steps)
            return minimum + (1 - minimum) * (1 + cos(.pi * progress)) / 2
        }
    }

    /// A linear rise from `start` to the beginning of this schedule over `steps` steps; then this
    /// schedule from its own beginning.
    public func warmedUp(steps: Int, from start: Double = 0) -> Schedule {
        precondition(steps >= 0, "Schedule.warmedUp: steps must not be negative, got \(steps)")
        let (factors, momenta) = (factors, momenta)
        return Schedule(
            factor: { step in
                if step >= steps { return factors(step - steps) }
                return (start + (1 - start) * Double(step) / Double(steps)) * factors(0)
            },
            momentum: { step in momenta(max(step - steps, 0)) })
    }
}

extension Schedule {
    /// How one-cycle moves between two values.
    public enum Annealing: String, Sendable, CaseIterable {
        case cosine, linear

        func value(from start: Double, to end: Double, _ progress: Double) -> Double {
            switch self {
            case .cosine: end + (start - end) / 2 * (1 + cos(.pi * progress))
            case .linear: start + (end - start) * progress
            }
        }
    }

    /// One rise of the learning rate to its base and one long fall, while the momentum does the
    /// opposite (Smith and Topin, "Super-convergence: Very fast training of neural networks using
    /// large learning rates", 2019); PyTorch's `OneCycleLR` with two phases, the base learning rate
    /// being its `max_lr`.
    ///
    /// - Parameters:
    ///   - totalSteps: the length of the cycle; later steps keep its last values.
    ///   - rise: the part of the cycle in which the learning rate rises.
    ///   - momentum: the least and the greatest momentum; nil leaves the optimiser's.
    ///   - divisor: the first learning rate is the base divided by this.
    ///   - finalDivisor: the last learning rate is the first divided by this.
    public static func oneCycle(
        totalSteps: Int, rise: Double = 0.3, annealing: Annealing = .cosine,
        momentum: ClosedRange<Double>? = 0.85...0.95, divisor: Double = 25,
        finalDivisor: Double = 1e4
    ) -> Schedule {
        precondition(
            totalSteps > 0, "Schedule.oneCycle: expected at least 1 step, got \(totalSteps)")
        precondition(
            rise >= 0 && rise <= 1, "Schedule.oneCycle: rise must be in 0 ... 1, got \(rise)")
        precondition(
            divisor > 0 && finalDivisor > 0,
            "Schedule.oneCycle: divisors must be above 0, got \(divisor) and \(finalDivisor)")
        let top = rise * Double(totalSteps) - 1
        let last = Double(totalSteps - 1)
        @Sendable func value(_ step: Int, _ low: Double, _ high: Double, _ end: Double) -> Double {
            let step = min(Double(step), last)
            if step <= top {
                return annealing.value(from: low, to: high, top > 0 ? step / top : 1)
            }
            let length = last - top
            return annealing.value(from: high, to: end, length > 0 ? (step - top) / length : 1)
        }
        return Schedule(
            factor: { value($0, 1 / divisor, 1, 1 / divisor / finalDivisor) },
            momentum: { step in
                momentum.map { value(step, $0.upperBound, $0.lowerBound, $0.upperBound) }
            })
    }
}
