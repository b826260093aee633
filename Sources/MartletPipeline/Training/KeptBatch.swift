internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletNN

/// A batch that went wrong, in `nonfinite/POSITION` of a run folder: what is known about it, its tensors, and the weights it
/// met.
struct KeptBatch {
    private static let folderName = "nonfinite"
    /// A run that skips may meet many, each with all weights.
    private static let most = 10
    private static let tensorsName = "batch.safetensors"
    private static let weightsName = "weights.safetensors"
    private static let stateName = "task.safetensors"
    private static let problemName = "problem.json"

    let path: String
    let problem: NonFiniteTraining

    /// Opens a kept batch of a run.
    ///
    /// - Parameter name: the newest when nil.
    /// - Throws: `ConfigurationError` when the run has none, or none of this name; `DataError`.
    init(_ name: String?, of run: String) throws {
        let names = KeptBatch.names(run)
        guard let name = name ?? names.last, names.contains(name) else {
            throw ConfigurationError([
                names.isEmpty
                    ? "\(run): it keeps no batch that went wrong"
                    : "\(run): expected one of its batches \(names.joined(separator: ", ")), got "
                        + (name ?? "none")
            ])
        }
        path = "\(run)/\(KeptBatch.folderName)/\(name)"
        problem = try RunFile.decode(NonFiniteTraining.self, "\(path)/\(KeptBatch.problemName)")
        guard problem.epoch > 0, problem.batch > 0, problem.step > 0 else {
            throw DataError(
                path: "\(path)/\(KeptBatch.problemName)", problem: "a number below 1",
                expected: "an epoch, a batch and a step, which count from 1")
        }
    }

    /// The names of a run's kept batches, in the order of training.
    private static func names(_ run: String) -> [String] {
        let all = try? FileManager.default.contentsOfDirectory(atPath: "\(run)/\(folderName)")
        return (all ?? []).compactMap { TrainingPosition(name: $0) }.sorted().map(\.name)
    }

    /// Keeps a batch, unless the run has it or enough of them.
    static func write<T: Task>(
        _ problem: NonFiniteTraining, batch: T.Batch, of task: T, to run: String
    ) throws {
        let name = TrainingPosition(epoch: problem.epoch - 1, batch: problem.batch).name
        let names = names(run)
        guard !names.contains(name), names.count < most else { return }
        let folder = "\(run)/\(folderName)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let target = "\(folder)/\(name)"
        try AtomicDirectory.write(to: target) { directory in
            try Safetensors.write(
                NonFinite.tensors(of: batch), to: directory.file(tensorsName))
            try Safetensors.write(task.network.stateDict(), to: directory.file(weightsName))
            try Safetensors.write(
                task.trainingState.map { ($0.key, $0.value) }, to: directory.file(stateName))
            try RunFile.encode(problem, to: directory.file(problemName))
        }
        Log.info("the batch is kept in \(target); martlet replay \(run) goes through it again")
    }

    /// The tensors of the batch, by the names of its properties.
    func tensors() throws -> [(name: String, tensor: Tensor)] {
        try Safetensors.read("\(path)/\(KeptBatch.tensorsName)").tensors
    }

    /// Gives a task the weights and the memory it had before the batch.
    ///
    /// - Throws: `WeightsError`, `ModelFileError` for weights of another model.
    func restore(_ task: some Task) throws {
        let weights = "\(path)/\(KeptBatch.weightsName)"
        do {
            try task.network.load(state: Safetensors.read(weights).dictionary)
        } catch let error as LoadError {
            throw ModelFileError(path: weights, reason: "\(error)", exitCode: 4)
        }
        try task.load(
            trainingState: Safetensors.read("\(path)/\(KeptBatch.stateName)").dictionary)
    }
}
