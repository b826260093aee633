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
    /// The operation runs on the inputs as they are, in every other memory layout that fits (see
    /// `TensorLayout`), and, where all its floating-point inputs are float32, in float64, float16 and
    /// bfloat16. float16 and bfloat16 results may differ by as much as these types round.
    ///
    /// - Parameters:
    ///   - gradcheck: whether to compare the gradients with central differences too, in
    ///     float64; the inputs are moved a little, away from ties and kinks.
    ///   - secondDerivatives: whether to do so with the gradients of the gradients.
    ///   - layouts: false for a case that is about one memory layout.
    ///   - doublePrecision: false for a case that is about one element type.
    ///   - halfPrecision: what the operation makes of float16 and bfloat16.
    /// - Throws: `FixtureError` when the operation or an argument is missing.
    public func check(
        _ operations: FixtureOperations, rtol: Double = 1e-5, atol: Double = 1e-6,
        gradcheck: Bool = true, secondDerivatives: Bool = false, layouts: Bool = true,
        doublePrecision: Bool = true, halfPrecision: HalfResults = .half, fileID: String = #fileID,
        filePath: String = #filePath, line: Int = #line, column: Int = #column
    ) throws {
        guard let make = operations[operation] else {
            throw FixtureError(description: "no function for the operation \(operation)")
        }
        let function = try make(arguments)
        let wanted = inputs.indices.map { $0 < gradients.count && gradients[$0] != nil }
        var found: [String] = []
        for setting in settings(layouts: layouts, doublePrecision: doublePrecision) {
            let tolerance = Tolerance(rtol: rtol, atol: atol)
            found += differences(function, setting, wanted: wanted, tolerance)
        }
        if doublePrecision && halfPrecision != .unchecked && isSinglePrecision {
            for dtype in [DType.float16, .bfloat16] {
                found += halfDifferences(
                    function, dtype, wanted: wanted, mayBeSingle: halfPrecision == .single)
            }
        }
        if (gradcheck || secondDerivatives) && wanted.contains(true) {
            // Statistics and the like are outputs that nothing flows back from.
            let places = wanted.indices.filter { wanted[$0] }
            let flowing: ([Tensor]) -> [Tensor] = { inputs in
                zip(function(inputs), weights).compactMap { $1 == nil ? nil : $0 }
            }
            let smooth = smoothInputs(wanted)
            if gradcheck { found += gradientErrors(smooth, wanted: places, flowing) }
            if secondDerivatives {
                found += secondDerivativeErrors(smooth, wanted: places, flowing)
            }
        }
        for message in found { record("\(self): \(message)", fileID, filePath, line, column) }
    }

    /// One way to give the operation its inputs.
    private struct Setting {
        let label: String
        let inputs: [Tensor]
        /// Whether float32 has become float64.
        var isWide = false
    }

    private struct Tolerance {
        let rtol: Double
        let atol: Double

        /// For results of a type, computed in the type of the fixture or a wider one.
        func of(_ dtype: DType, isWide: Bool) -> Tolerance {
            switch dtype {
            case .float16: Tolerance(rtol: max(rtol, 2e-3), atol: max(atol, 1e-3))
            case .bfloat16: Tolerance(rtol: max(rtol, 1.6e-2), atol: max(atol, 8e-3))
            default:
                isWide ? Tolerance(rtol: max(rtol, 1e-4), atol: max(atol, 1e-5)) : self
            }
        }
    }

    /// Whether the floating-point inputs are float32, and there are some.
    private var isSinglePrecision: Bool {
        let real = inputs.filter(\.dtype.isFloatingPoint)
        return !real.isEmpty && real.allSatisfy { $0.dtype == .float32 }
    }

    private func settings(layouts: Bool, doublePrecision: Bool) -> [Setting] {
        var settings = [Setting(label: "", inputs: inputs)]
        for layout in TensorLayout.allCases
        where layouts && layout != .contiguous && inputs.contains(where: layout.fits) {
            settings.append(
                Setting(
                    label: "\(layout.rawValue) inputs, ",
                    inputs: inputs.map { layout.fits($0) ? layout.apply($0) : $0 }))
        }
        if doublePrecision && isSinglePrecision {
            settings.append(
                Setting(
                    label: "float64 inputs, ",
                    inputs: inputs.map { $0.dtype == .float32 ? $0.to(.float64) : $0 }, isWide: true
                ))
        }
        return settings
    }

    private func differences(
        _ function: ([Tensor]) -> [Tensor], _ setting: Setting, wanted: [Bool],
        _ tolerance: Tolerance
    ) -> [String] {
        let (results, gradients, problem) = evaluate(function, setting.inputs, wanted: wanted)
        guard results.count == outputs.count else {
            return ["\(setting.label)\(results.count) outputs, expected \(outputs.count)"]
        }
        var found: [String] = []
        func compare(_ actual: Tensor, _ expected: Tensor, _ label: String) {
            let limits = tolerance.of(expected.dtype, isWide: setting.isWide)
            // A float64 result is compared as float32, where it may overflow as the fixture's did.
            let narrow =
                setting.isWide && expected.dtype == .float32 && actual.dtype == .float64
                ? actual.detach().to(.float32) : actual
            if setting.isWide && expected.dtype == .float32 && actual.dtype == .float32 {
                found.append("\(setting.label)\(label): the type is float32, expected float64")
            } else if let difference = difference(
                narrow, expected, rtol: limits.rtol, atol: limits.atol)
            {
                found.append("\(setting.label)\(label): \(difference)")
            }
        }
        for (i, (result, output)) in zip(results, outputs).enumerated() {
            compare(result, output, "output \(i)")
        }
        if let problem { found.append("\(setting.label)\(problem)") }
        for (i, gradient) in gradients.enumerated() {
            guard let gradient, let expected = self.gradients[i] else { continue }
            compare(gradient, expected, "gradient of input \(i)")
        }
        return found
    }

    /// The operation's results and, where the results have the fixture's shapes, the gradients of their weighted sum; a
    /// problem is said in words.
    func evaluate(_ function: ([Tensor]) -> [Tensor], _ inputs: [Tensor], wanted: [Bool]) -> (
        results: [Tensor], gradients: [Tensor?], problem: String?
    ) {
        let leaves = zip(inputs, wanted).map { $1 ? $0.requiringGrad() : $0 }
        let results = function(leaves)
        let shaped = results.map(\.shape) == outputs.map(\.shape)
        guard shaped && wanted.contains(true) else { return (results, [], nil) }
        let terms = zip(results, weights).compactMap { result, weight in
            weight.map { (result * $0).sum() }
        }
        guard let first = terms.first else { return (results, [], "no output has a gradient") }
        let total = terms.dropFirst().reduce(first, +)
        guard total.requiresGrad else {
            return (results, [], "no gradient flows through the outputs")
        }
        total.backward()
        let gradients = zip(leaves, wanted).map { leaf, wanted in
            wanted ? leaf.grad ?? leaf.detach().zerosLike() : nil
        }
        return (results, gradients, nil)
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
