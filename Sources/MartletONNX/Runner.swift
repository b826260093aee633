public import Martlet

extension ONNXModel {
    /// Computes the outputs for some inputs, by Martlet's own tensors.
    ///
    /// - Parameter values: a tensor for each input, by name.
    /// - Returns: a tensor for each output, by name.
    /// - Throws: `ONNXError` where a tensor does not fit its input, or a node cannot work on the shapes it gets.
    public func run(_ values: [String: Tensor]) throws -> [String: Tensor] {
        do {
            try check(values)
            return try noGrad { try compute(values) }
        } catch let error as ONNXError {
            throw file.map(error.inFile) ?? error
        }
    }

    private func compute(_ given: [String: Tensor]) throws -> [String: Tensor] {
        var values = initializers.merging(given) { _, given in given }
        var lastUse: [String: Int] = [:]
        for (index, step) in steps.enumerated() {
            for name in step.inputs { lastUse[name] = index }
        }
        let wanted = Set(outputs.map(\.name))

        for (index, step) in steps.enumerated() {
            guard let run = Operators.all[step.type] else {
                throw ONNXError(
                    .unsupported, "Martlet does not run this operator", at: step.place)
            }
            let call = Call(
                step: step, values: step.inputs.map { values[$0] }, tensorBytes: limits.tensorBytes)
            let results = try run(call)
            for (position, name) in step.outputs.enumerated() where !name.isEmpty {
                guard position < results.count else {
                    throw call.unsupported(
                        results.count == 1
                            ? "only the first of its outputs is computed"
                            : "only the first \(results.count) of its outputs are computed")
                }
                values[name] = results[position]
            }
            for name in step.inputs where lastUse[name] == index && !wanted.contains(name) {
                values[name] = nil
            }
        }
        var results: [String: Tensor] = [:]
        for port in outputs {
            guard let value = values[port.name] else {
                throw ONNXError(
                    .damaged, "no node computes it", at: "output \(port.name.quoted)")
            }
            try check(value, against: port, kind: "output", symbols: nil)
            results[port.name] = value
        }
        return results
    }

    /// Checks that there is a tensor for each input, and that it fits.
    private func check(_ values: [String: Tensor]) throws(ONNXError) {
        let names = Set(inputs.map(\.name))
        for name in values.keys.sorted() where !names.contains(name) {
            throw ONNXError(
                .input, "the graph has no input \(name.quoted), only \(names.sorted())")
        }
        var symbols: [String: Int] = [:]
        for port in inputs {
            guard let value = values[port.name] else {
                throw ONNXError(.input, "a value is missing", at: "input \(port.name.quoted)")
            }
            symbols = try check(value, against: port, kind: "input", symbols: symbols) ?? symbols
        }
    }

    /// - Parameter symbols: the sizes names stand for so far; nil where names are not followed up.
    /// - Returns: those, and the ones found here.
    @discardableResult
    private func check(
        _ value: Tensor, against port: Port, kind: String, symbols: [String: Int]?
    ) throws(ONNXError) -> [String: Int]? {
        var symbols = symbols
        var fits = value.dtype == port.dtype
        if let shape = port.shape {
            fits = fits && shape.count == value.ndim
            for (dimension, size) in zip(shape, value.shape) {
                switch dimension {
                case .fixed(let expected): fits = fits && size == expected
                case .symbol(let name):
                    fits = fits && symbols?[name, default: size] ?? size == size
                    symbols?[name] = size
                case .any: break
                }
            }
        }
        guard fits else {
            throw ONNXError(
                kind == "input" ? .input : .damaged,
                "expected \(port), got \(value.dtype) \(value.shape)",
                at: "\(kind) \(port.name.quoted)")
        }
        return symbols
    }
}
