public import Martlet

/// What loading weights by name did and did not find.
public struct LoadReport: Sendable, CustomStringConvertible {
    /// A tensor whose shape in the file is not the model's.
    public struct Mismatch: Sendable, Equatable {
        /// The tensor's name, its shape in the model and in the file.
        public let name: String
        public let expected: [Int]
        public let found: [Int]
    }

    /// In both, with the same shape.
    public var loaded: [String] = []
    /// In the model but not in the file.
    public var missing: [String] = []
    /// In the file but not in the model.
    public var unexpected: [String] = []
    public var mismatched: [Mismatch] = []

    /// Whether every tensor of the model was loaded and nothing was left over.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    public var description: String {
        var lines = ["loaded \(loaded.count) tensor\(loaded.count == 1 ? "" : "s")"]
        func list(_ title: String, _ items: [String]) {
            guard !items.isEmpty else { return }
            let shown = items.prefix(10).joined(separator: ", ")
            let more = items.count > 10 ? " and \(items.count - 10) more" : ""
            lines.append("\(items.count) \(title): \(shown)\(more)")
        }
        list("missing", missing)
        list("unexpected", unexpected)
        list(
            "of another shape",
            mismatched.map { "\($0.name) (\($0.found), expected \($0.expected))" })
        return lines.joined(separator: "; ")
    }
}

/// Weights that do not fit the model they were loaded into.
public struct LoadError: Error, CustomStringConvertible {
    public let report: LoadReport

    public var description: String { "the weights do not fit the model: \(report)" }
}

extension Module {
    /// Every parameter's and buffer's values under PyTorch's `state_dict` keys.
    public func stateDict() -> [(name: String, tensor: Tensor)] {
        state().map { ($0.name, $0.get().detach()) }
    }

    /// Loads values by name, cast to the model's types.
    ///
    /// - Parameter strict: whether to throw, and load nothing, unless names and shapes all fit. Otherwise what fits is
    ///   loaded and the report says what did not.
    /// - Throws: `LoadError`.
    @discardableResult
    public func load(state tensors: [String: Tensor], strict: Bool = true) throws -> LoadReport {
        var report = LoadReport()
        let entries = state()
        var fitting: [(Entry, Tensor)] = []
        for entry in entries {
            guard let tensor = tensors[entry.name] else {
                report.missing.append(entry.name)
                continue
            }
            guard tensor.shape == entry.shape else {
                report.mismatched.append(
                    .init(name: entry.name, expected: entry.shape, found: tensor.shape))
                continue
            }
            fitting.append((entry, tensor))
        }
        let known = Set(entries.map(\.name))
        report.unexpected = tensors.keys.filter { !known.contains($0) }.sorted()
        report.loaded = fitting.map(\.0.name)
        if strict && !report.isComplete { throw LoadError(report: report) }
        noGrad {
            for (entry, tensor) in fitting { entry.set(tensor) }
        }
        return report
    }

    private typealias Entry = (
        name: String, shape: [Int], get: () -> Tensor, set: (Tensor) -> Void
    )

    private func state() -> [Entry] {
        var order: [Entry] = []
        for (name, module) in namedModules() {
            for member in module.members {
                let path = name.isEmpty ? member.name : "\(name).\(member.name)"
                switch member.kind {
                case .parameter(let parameter):
                    order.append(
                        (
                            path, parameter.shape, { parameter.value },
                            { parameter.value = $0.to(.float32).contiguous() }
                        ))
                case .buffer(let buffer):
                    order.append(
                        (
                            path, buffer.value.shape, { buffer.value },
                            { buffer.value = $0.to(buffer.value.dtype).contiguous() }
                        ))
                case .module: break
                }
            }
        }
        return order
    }
}
