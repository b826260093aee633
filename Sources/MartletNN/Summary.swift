internal import Martlet

/// A table of a model's layers for one input shape: shapes, parameters, multiply-adds.
public struct ModelSummary: CustomStringConvertible, Sendable {
    public struct Row: Sendable {
        /// The layer's path in the model.
        public let name: String
        /// The layer's type.
        public let type: String
        public let outputShape: [Int]
        /// Trained values of the layer itself, without the layers inside it.
        public let parameters: Int
        /// Multiplications with an addition that one forward pass makes in the layer itself.
        public let multiplyAdds: Int
    }

    /// A row a layer, in the order they ran.
    public let rows: [Row]
    /// Trained values of the whole model.
    public let parameters: Int
    /// Of one forward pass of the whole model.
    public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.multiplyAdds } }

    public var description: String {
        let header = ["layer", "type", "output", "parameters", "multiply-adds"]
        let body = rows.map {
            [
                $0.name.isEmpty ? "(model)" : $0.name, $0.type, "\($0.outputShape)",
                grouped($0.parameters), grouped($0.multiplyAdds),
            ]
        }
        let total = ["total", "", "", grouped(parameters), grouped(multiplyAdds)]
        let table = [header] + body + [total]
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column < 3 ? text + space : space + text
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return String(
            digits.enumerated().flatMap { i, digit in
                i > 0 && (digits.count - i) % 3 == 0 ? [",", digit] : [digit]
            })
    }
}

/// A layer that multiplies and adds.
protocol CountsMultiplyAdds: Layer {
    func multiplyAdds(input: [Int], output: [Int]) -> Int
}

extension Layer {
    /// Runs the model once on zeros of this shape and writes down what each layer did.
    public func summary(inputShape: [Int]) -> ModelSummary {
        summary { _ = self(Tensor.zeros(inputShape), $0) }
    }
}

extension Module {
    /// Writes down what each layer does while `run` uses the model, in the context it is given.
    public func summary(_ run: (Context) -> Void) -> ModelSummary {
        let names = Dictionary(
            namedModules().map { (ObjectIdentifier($0.module), $0.name) },
            uniquingKeysWith: { first, _ in first })
        var rows: [ModelSummary.Row] = []
        let context = Context.observed { layer, input, output in
            let own = layer.members.reduce(0) { sum, member in
                guard case .parameter(let parameter) = member.kind else { return sum }
                return sum + parameter.shape.reduce(1, *)
            }
            rows.append(
                .init(
                    name: names[ObjectIdentifier(layer)] ?? "", type: "\(type(of: layer))",
                    outputShape: output.shape, parameters: own,
                    multiplyAdds: (layer as? any CountsMultiplyAdds)?
                        .multiplyAdds(input: input.shape, output: output.shape) ?? 0))
        }
        noGrad { run(context) }
        return ModelSummary(rows: rows, parameters: parameterCount)
    }
}
