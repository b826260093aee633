internal import Martlet
public import MartletData
internal import MartletNN

/// Training that ran into a number that is none.
public struct NonFiniteTraining: ExitCoded, Codable, Sendable, CustomStringConvertible {
    /// Where it happened; epochs, their batches and steps count from 1.
    public let phase: String
    public let epoch: Int
    public let batch: Int
    public let step: Int
    /// What was no number first: "the loss is nan", "the gradient of fc.weight".
    public let what: String
    /// The batch's samples, where the task names them.
    public let samples: [String]
    /// Whether it came of training on the batch, and not of what was about to be saved.
    var isOfABatch = true
    public var exitCode: Int32 { 5 }

    public var description: String {
        let shown = samples.prefix(4).joined(separator: ", ")
        let more = samples.count > 4 ? " and \(samples.count - 4) more" : ""
        return "phase \(phase), epoch \(epoch), batch \(batch), step \(step): \(what)"
            + (samples.isEmpty ? "" : " (samples: \(shown)\(more))")
    }

    /// What to do about it, for the end of a run.
    var advice: String {
        "try a smaller lr, training.clipNorm=1, or training.nonFinite=skip or rollback, or look for damaged samples"
    }
}

/// Looks for numbers that are none.
enum NonFinite {
    /// The first of some named tensors that holds one.
    static func first(in tensors: some Sequence<(name: String, tensor: Tensor)>) -> String? {
        tensors.first { isIn($0.tensor) }?.name
    }

    /// All of some named tensors that hold one.
    static func all(in tensors: [(name: String, tensor: Tensor)]) -> [String] {
        tensors.filter { isIn($0.tensor) }.map(\.name)
    }

    private static func isIn(_ tensor: Tensor) -> Bool {
        tensor.dtype.isFloatingPoint
            && !noGrad { tensor.detach().isFinite().all().item(as: Bool.self) }
    }

    /// Whether two tensors are the same to the last bit; every NaN is like every other.
    static func areSame(_ a: Tensor, _ b: Tensor) -> Bool {
        guard a.dtype == b.dtype, a.shape == b.shape else { return false }
        return noGrad {
            let equal = a.eq(b)
            let both =
                a.dtype.isFloatingPoint ? equal.logicalOr(a.isNaN().logicalAnd(b.isNaN())) : equal
            return both.all().item(as: Bool.self)
        }
    }

    /// The first parameter or buffer of a network that holds one.
    static func first(in network: any Module) -> String? { first(in: network.stateDict()) }

    /// The tensors of a batch, by the names of its properties.
    static func tensors(of batch: Any) -> [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        func visit(_ value: Any, _ name: String, depth: Int) {
            if let tensor = value as? Tensor {
                result.append((name, tensor.detach()))
                return
            }
            guard depth < 4 else { return }
            for (number, child) in Mirror(reflecting: value).children.enumerated() {
                let part = child.label ?? "\(number)"
                visit(child.value, name.isEmpty ? part : "\(name).\(part)", depth: depth + 1)
            }
        }
        visit(batch, "", depth: 0)
        return result
    }
}
