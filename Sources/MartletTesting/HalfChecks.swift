internal import Foundation
internal import Martlet

/// What an operation makes of float16 and bfloat16.
public enum HalfResults: Sendable {
    /// Results of the same type.
    case half
    /// Results that may be float32, for what follows to be exact.
    case single
    /// It refuses them, as PyTorch does, or a constant in it is 0 in float16, in PyTorch, too.
    case unchecked
}

extension FixtureCase {
    /// What an operation does otherwise in float16 or bfloat16 than in float32.
    ///
    /// The inputs are the fixture's, rounded to the half type; the operation in float32, which agrees with the fixture, is
    /// given the same. What it finds is rounded to the half type in turn: results that this type has no numbers for are
    /// infinite in both. The two may differ by what a few roundings of the greatest result make, and of a part of the
    /// greatest input, which counts where results cancel.
    func halfDifferences(
        _ function: ([Tensor]) -> [Tensor], _ dtype: DType, wanted: [Bool], mayBeSingle: Bool
    ) -> [String] {
        let rounded = inputs.map { $0.dtype == .float32 ? $0.to(dtype) : $0 }
        let expected = evaluate(
            function, rounded.map { $0.dtype == dtype ? $0.to(.float32) : $0 }, wanted: wanted)
        let found = evaluate(function, rounded, wanted: wanted)
        if let problem = found.problem { return ["\(dtype) inputs, \(problem)"] }
        let limit = 4 * (dtype == .float16 ? 0x1p-10 : 0x1p-7)
        let least = greatest(rounded) / 16
        func compare(_ actual: [Tensor?], _ expected: [Tensor?], _ label: String) -> [String] {
            let scale = max(greatest(expected.compactMap { $0 }), least)
            return zip(actual, expected).enumerated().compactMap { i, pair in
                guard let actual = pair.0?.detach(), let expected = pair.1?.detach() else {
                    return nil
                }
                let isWide = mayBeSingle && actual.dtype == .float32
                let target = expected.dtype == .float32 ? expected.to(dtype) : expected
                return difference(
                    isWide ? actual.to(dtype) : actual, target, rtol: limit, atol: limit * scale
                ).map { "\(dtype) inputs, \(label) \(i): \($0)" }
            }
        }
        return compare(found.results, expected.results, "output")
            + compare(found.gradients, expected.gradients, "gradient of input")
    }

    /// The greatest finite magnitude.
    private func greatest(_ tensors: [Tensor]) -> Double {
        tensors.filter(\.dtype.isFloatingPoint).flatMap { $0.array(as: Double.self) }
            .filter(\.isFinite).map { abs($0) }.max() ?? 0
    }
}
