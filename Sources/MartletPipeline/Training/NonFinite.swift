internal import Foundation
internal import Martlet
public import MartletData
internal import MartletNN

/// Training that ran into a number that is none.
public struct NonFiniteTraining: ExitCoded, CustomStringConvertible {
    /// Where it happened; epochs, their batches and steps count from 1.
    public let phase: String
    public let epoch: Int
    public let batch: Int
    public let step: Int
    /// What was no number first: "the loss is nan", "the gradient of fc.weight".
    public let what: String
    /// The batch's samples, where the task names them.
    public let samples: [String]
    public var exitCode: Int32 { 5 }

    public var description: String {
        let shown = samples.prefix(4).joined(separator: ", ")
        let more = samples.count > 4 ? " and \(samples.count - 4) more" : ""
        return "phase \(phase), epoch \(epoch), batch \(batch), step \(step): \(what)"
            + (samples.isEmpty ? "" : " (samples: \(shown)\(more))")
    }

    /// What to do about it, for the end of a run.
    var advice: String {
        "try a smaller lr, training.clipNorm=1, or training.nonFinite=skip, or look for damaged samples"
    }
}

/// Looks for numbers that are none.
enum NonFinite {
    /// The first of some named tensors that holds one.
    static func first(in tensors: some Sequence<(name: String, tensor: Tensor)>) -> String? {
        for (name, tensor) in tensors where tensor.dtype.isFloatingPoint {
            guard noGrad({ tensor.detach().isFinite().all().item(as: Bool.self) }) else {
                return name
            }
        }
        return nil
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

    /// Keeps a batch that went wrong, with what is known about it, in `nonfinite/POSITION` of a run folder.
    static func write(_ problem: NonFiniteTraining, batch: Any, to run: String) throws {
        let name = TrainingPosition(epoch: problem.epoch - 1, batch: problem.batch).name
        let folder = "\(run)/nonfinite"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let target = "\(folder)/\(name)"
        guard !FileManager.default.fileExists(atPath: target) else { return }
        try AtomicDirectory.write(to: target) { directory in
            let tensors = tensors(of: batch)
            if !tensors.isEmpty {
                try Safetensors.write(tensors, to: directory.file("batch.safetensors"))
            }
            let text = (["\(problem)"] + problem.samples).joined(separator: "\n") + "\n"
            try AtomicFile.write(text, to: directory.file("report.txt"))
        }
        Log.info("the batch is kept in \(target)")
    }
}
