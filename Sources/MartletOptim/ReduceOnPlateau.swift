internal import Martlet

/// Lowers the learning rate when a metric has stopped improving; PyTorch's `ReduceLROnPlateau`.
///
/// ```swift
/// var plateau = ReduceOnPlateau(patience: 3)
/// for epoch in 0..<epochs {
///     train(learningRate: 0.1 * plateau.factor)
///     plateau.update(validationLoss())
/// }
/// ```
public struct ReduceOnPlateau: Sendable {
    /// Which metrics are better.
    public enum Mode: String, Sendable, CaseIterable {
        case lower, higher
    }

    /// By how much a metric has to be better than the best: by a part of it, or by an amount.
    public enum Threshold: Sendable {
        case relative(Double)
        case absolute(Double)
    }

    /// What has been seen so far; checkpoints keep it.
    public struct State: Codable, Equatable, Sendable {
        /// What the base learning rate is multiplied by.
        public var factor = 1.0
        /// The best metric, nil before the first.
        public var best: Double?
        /// Metrics since the last improvement, and how many more are passed over.
        public var badCount = 0
        public var cooldownLeft = 0
    }

    public var state = State()

    private let mode: Mode
    private let reduction: Double
    private let patience: Int
    private let threshold: Threshold
    private let cooldown: Int
    private let minimum: Double

    /// - Parameters:
    ///   - reduction: what the learning rate is multiplied by.
    ///   - patience: how many metrics in a row may be no improvement; the next one lowers the rate.
    ///   - cooldown: how many metrics are passed over after a reduction.
    ///   - minimum: the least factor of the base learning rate.
    public init(
        _ mode: Mode = .lower, reduction: Double = 0.1, patience: Int = 10,
        threshold: Threshold = .relative(1e-4), cooldown: Int = 0, minimum: Double = 0
    ) {
        precondition(
            reduction > 0 && reduction < 1,
            "ReduceOnPlateau: expected a reduction between 0 and 1, got \(reduction)")
        precondition(
            patience >= 0 && cooldown >= 0,
            "ReduceOnPlateau: patience and cooldown must not be negative, got \(patience) and "
                + "\(cooldown)")
        precondition(minimum >= 0, "ReduceOnPlateau: minimum must not be negative, got \(minimum)")
        self.mode = mode
        self.reduction = reduction
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.minimum = minimum
    }

    /// What the base learning rate is multiplied by.
    public var factor: Double { state.factor }

    /// Takes the next metric into account; one that is not a number is no improvement.
    public mutating func update(_ metric: Double) {
        if isBetter(metric) {
            state.best = metric
            state.badCount = 0
        } else {
            state.badCount += 1
        }
        if state.cooldownLeft > 0 {
            state.cooldownLeft -= 1
            state.badCount = 0
        }
        if state.badCount > patience {
            state.factor = max(state.factor * reduction, min(state.factor, minimum))
            state.cooldownLeft = cooldown
            state.badCount = 0
        }
    }

    private func isBetter(_ metric: Double) -> Bool {
        let best = state.best ?? (mode == .lower ? .infinity : -.infinity)
        return switch (mode, threshold) {
        case (.lower, .relative(let part)): metric < best * (1 - part)
        case (.lower, .absolute(let amount)): metric < best - amount
        case (.higher, .relative(let part)): metric > best * (1 + part)
        case (.higher, .absolute(let amount)): metric > best + amount
        }
    }
}
