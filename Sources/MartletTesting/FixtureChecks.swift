public import Martlet

/// What a fixture's operation does, by the operation's name: given the case's arguments, the
/// function from its inputs to its outputs.
public typealias FixtureOperations = [String:
    @Sendable (FixtureArguments) throws ->
    @Sendable ([Tensor]) -> [Tensor]]

extension FixtureCase {
    /// Runs the case's operation on the inputs and records an issue for each output and gradient
    /// that differs from the fixture's.
    ///
    /// - Parameter gradcheck: whether to compare the gradients with central differences too, in
    ///   float64; the inputs are moved a little, away from ties and kinks.
    /// - Throws: `FixtureError` when the operation or an argument is missing.
    public func check(
        _ operations: FixtureOperations, rtol: Double = 1e-5, atol: Double = 1e-6,
        gradcheck: Bool = true, fileID: String = #fileID, filePath: String = #filePath,
        line: Int = #line, column: Int = #column
    ) throws {
        guard let make = operations[operation] else {
            throw FixtureError(description: "no function for the operation \(operation)")
        }
        let function = try make(arguments)
        let wanted = inputs.indices.map { $0 < gradients.count && gradients[$0] != nil }
        var found = differences(function, wanted: wanted, rtol: rtol, atol: atol)
        if gradcheck && wanted.contains(true) {
            // Statistics and the like are outputs that nothing flows back from.
            let places = wanted.indices.filter { wanted[$0] }
            found += gradientErrors(smoothInputs(wanted), wanted: places) { inputs in
                zip(function(inputs), weights).compactMap { $1 == nil ? nil : $0 }
            }
        }
        for message in found { record("\(self): \(message)", fileID, filePath, line, column) }
    }

    private func differences(
        _ function: ([Tensor]) -> [Tensor], wanted: [Bool], rtol: Double, atol: Double
    ) -> [String] {
        let leaves = zip(inputs, wanted).map { $1 ? $0.requiringGrad() : $0 }
        let results = function(leaves)
        guard results.count == outputs.count else {
            return ["\(results.count) outputs, expected \(outputs.count)"]
        }
        var found: [String] = []
        for (i, (result, output)) in zip(results, outputs).enumerated() {
            if let difference = difference(result, output, rtol: rtol, atol: atol) {
                found.append("output \(i): \(difference)")
            }
        }
        guard wanted.contains(true) else { return found }
        let terms = zip(results, weights).compactMap { result, weight in
            weight.map { (result * $0).sum() }
        }
        guard let first = terms.first else { return found + ["no output has a gradient"] }
        terms.dropFirst().reduce(first, +).backward()
        for (i, gradient) in gradients.enumerated() {
            guard let gradient else { continue }
            let actual = leaves[i].grad ?? leaves[i].detach().zerosLike()
            if let difference = difference(actual, gradient, rtol: rtol, atol: atol) {
                found.append("gradient of input \(i): \(difference)")
            }
        }
        return found
    }

    /// The inputs in float64, each element moved by less than 0.001.
    private func smoothInputs(_ wanted: [Bool]) -> [Tensor] {
        var generator = Generator(seed: 30)
        return zip(inputs, wanted).map { input, wanted in
            guard input.dtype.isFloatingPoint else { return input }
            let wide = input.to(.float64)
            guard wanted else { return wide }
            return wide
                + Tensor.rand(wide.shape, high: 1e-3, dtype: .float64, generator: &generator)
        }
    }
}
