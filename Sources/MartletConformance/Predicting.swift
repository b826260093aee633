internal import Foundation
internal import Martlet
internal import MartletPipeline
public import Testing

extension ConformanceKit {
    /// What a model says about an input does not depend on the inputs beside it, their order or the padding they need: one by
    /// one, in pairs, all together and backwards give the same.
    ///
    /// - Parameters:
    ///   - inputs: two or more files that `predict` takes, of different sizes where inputs have any.
    ///   - tolerance: the greatest difference of numbers to accept, relative for those beyond 1; all else is equal.
    public func predictsEachAlone(
        _ inputs: [String], tolerance: Double = 1e-5,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        precondition(
            inputs.count >= 2, "predictsEachAlone: expected two inputs or more, got \(inputs.count)"
        )
        try withTrainedTask { task in
            var alone: [String: [any Prediction]] = [:]
            for input in inputs {
                let found = try predictions(task, [input])
                // What a text task is asked about is the texts in a file, not the file.
                let isNamed =
                    task is any TextTask || !found.contains(where: { $0.input != input })
                if found.isEmpty || !isNamed {
                    return broken(
                        "predictsEachAlone",
                        "expected predictions whose input is \(input), got "
                            + "\(found.map(\.input))", sourceLocation)
                }
                alone[input] = found
            }
            for group in groups(of: inputs) {
                let together = try predictions(task, group)
                let expected = group.flatMap { alone[$0] ?? [] }
                guard
                    let difference = try PredictionComparison(tolerance: tolerance)
                        .difference(together, expected)
                else { continue }
                return broken(
                    "predictsEachAlone",
                    "expected the inputs \(group.joined(separator: ", ")) to get together what each "
                        + "gets alone; \(difference)", sourceLocation)
            }
        }
    }

    /// Pairs, all at once, all backwards, and all in a random order.
    private func groups(of inputs: [String]) -> [[String]] {
        var generator = Generator(seed: 3)
        return zip(inputs, inputs.dropFirst()).map { [$0, $1] } + [
            inputs, inputs.reversed(),
            generator.permutation(inputs.count).map { inputs[$0] },
        ]
    }
}

/// Holds predictions against each other as the JSON that `martlet predict --json` prints.
struct PredictionComparison {
    let tolerance: Double

    /// The first difference, in words; nil where there is none.
    func difference(_ found: [any Prediction], _ expected: [any Prediction]) throws -> String? {
        guard found.count == expected.count else {
            return "there are \(found.count) predictions, expected \(expected.count)"
        }
        for (a, b) in zip(found, expected) {
            if let text = difference(try json(a), try json(b), "") { return "\(b.input): \(text)" }
        }
        return nil
    }

    private func json(_ prediction: any Prediction) throws -> Any {
        try JSONSerialization.jsonObject(
            with: JSONEncoder().encode(prediction), options: .fragmentsAllowed)
    }

    private func difference(_ a: Any, _ b: Any, _ place: String) -> String? {
        switch (a, b) {
        case (let a as [String: Any], let b as [String: Any]):
            for key in Set(a.keys).union(b.keys).sorted() {
                let (x, y) = (a[key] ?? NSNull(), b[key] ?? NSNull())
                if let text = difference(x, y, "\(place).\(key)") { return text }
            }
            return nil
        case (let a as [Any], let b as [Any]):
            guard a.count == b.count else { return "\(place) has \(a.count), not \(b.count)" }
            for index in a.indices {
                if let text = difference(a[index], b[index], "\(place)[\(index)]") { return text }
            }
            return nil
        case (let a as NSNumber, let b as NSNumber):
            let (x, y) = (a.doubleValue, b.doubleValue)
            return abs(x - y) <= tolerance * max(1, abs(y)) ? nil : "\(place) is \(x), not \(y)"
        default: return "\(a)" == "\(b)" ? nil : "\(place) is \(a), not \(b)"
        }
    }
}
