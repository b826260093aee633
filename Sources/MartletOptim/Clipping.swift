internal import Foundation
internal import Martlet
public import MartletNN

/// Limits on gradients, applied between `backward` and the optimiser's step.
public enum GradientClipping {
    /// Scales all gradients together so that their norm (of all elements as one vector) is at most
    /// `maxNorm` (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013).
    ///
    /// A norm that is not a finite number leaves the gradients as they are: the caller should look
    /// at it.
    ///
    /// - Parameter p: which norm: the p-th root of the sum of p-th powers, for `.infinity` the
    ///   greatest size.
    /// - Returns: the norm before scaling.
    @discardableResult
    public static func byNorm(_ parameters: [Parameter], maxNorm: Double, p: Double = 2) -> Double {
        precondition(maxNorm > 0, "GradientClipping: maxNorm must be above 0, got \(maxNorm)")
        precondition(p > 0, "GradientClipping: p must be above 0, got \(p)")
        let trained = parameters.filter { !$0.isFrozen && $0.grad != nil }
        var gradients = trained.compactMap(\.grad)
        let sum = FusedGradients.powerSum(gradients, p: p)
        let norm = p == 2 ? sum.squareRoot() : p.isInfinite ? sum : pow(sum, 1 / p)
        // PyTorch's factor, with its guard against division by zero.
        let factor = maxNorm / (norm + 1e-6)
        guard norm.isFinite, factor < 1 else { return norm }
        for parameter in trained { parameter.grad = nil }
        FusedGradients.scale(&gradients, by: factor)
        for (parameter, gradient) in zip(trained, gradients) { parameter.grad = gradient }
        return norm
    }

    /// As `byNorm(_:maxNorm:p:)`.
    ///
    /// - Throws: `NonFiniteNorm` when `errorIfNonFinite` and the norm is not a finite number.
    @discardableResult
    public static func byNorm(
        _ parameters: [Parameter], maxNorm: Double, p: Double = 2, errorIfNonFinite: Bool
    ) throws -> Double {
        let norm = byNorm(parameters, maxNorm: maxNorm, p: p)
        if errorIfNonFinite && !norm.isFinite { throw NonFiniteNorm(norm: norm, p: p) }
        return norm
    }

    /// Limits every element of every gradient to `-limit ... limit`.
    public static func byValue(_ parameters: [Parameter], limit: Double) {
        precondition(limit > 0, "GradientClipping: limit must be above 0, got \(limit)")
        for parameter in parameters where !parameter.isFrozen {
            if let gradient = parameter.grad {
                parameter.grad = gradient.clamp(min: -limit, max: limit)
            }
        }
    }
}

/// Gradients that cannot be clipped, as their norm is infinite or not a number.
public struct NonFiniteNorm: Error, CustomStringConvertible, Equatable {
    /// The norm, and which one it is.
    public let norm: Double
    public let p: Double

    public var description: String {
        "the \(p)-norm of the gradients is \(norm): they cannot be clipped"
    }
}
