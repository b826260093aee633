internal import Foundation
internal import Martlet
internal import MartletData

/// A checkpoint whose files were found to be what was written.
struct Checkpoint {
    /// Its files: what is handed on, what the optimisers remember, whatever else there is in tensors, and the rest.
    enum File: String, CaseIterable {
        case model = "model.safetensors"
        case optimizer = "optimizer.safetensors"
        case training = "training.safetensors"
        case state = "state.json"
    }

    let path: String
    let position: TrainingPosition
    let state: TrainingState

    /// Verifies a checkpoint.
    ///
    /// - Throws: `CheckpointError` that names the first file that is not as it was written.
    init(_ path: String, _ position: TrainingPosition) throws(CheckpointError) {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw CheckpointError(path: path, reason: "expected a folder; it is a file or a link")
        }
        let manifest = try CheckpointManifest(in: path)
        for file in File.allCases where manifest.files[file.rawValue] == nil {
            throw CheckpointError(path: path, reason: "its manifest lacks \(file.rawValue)")
        }
        try manifest.verify(path)
        let statePath = "\(path)/\(File.state.rawValue)"
        let data = try CheckpointManifest.json(statePath)
        do {
            state = try JSONDecoder().decode(TrainingState.self, from: data)
        } catch {
            throw CheckpointError(path: statePath, reason: "expected a training state: \(error)")
        }
        guard state.position == position else {
            throw CheckpointError(
                path: path, reason: "it is the checkpoint \(state.position.name) under another name"
            )
        }
        self.path = path
        self.position = position
    }

    /// The tensors of one of its files.
    func tensors(_ file: File) throws -> [String: Tensor] {
        try Safetensors.read("\(path)/\(file.rawValue)").dictionary
    }

    /// Writes a checkpoint into a folder that is to appear.
    static func write(
        _ state: TrainingState, optimizer: [(name: String, tensor: Tensor)],
        training: [(name: String, tensor: Tensor)], to folder: AtomicDirectory,
        model: (_ path: String) throws -> Void
    ) throws {
        try model(folder.file(File.model.rawValue))
        try Safetensors.write(optimizer, to: folder.file(File.optimizer.rawValue))
        try Safetensors.write(training, to: folder.file(File.training.rawValue))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try AtomicFile.write(
            Array(encoder.encode(state)), to: folder.file(File.state.rawValue))
        let names = File.allCases.map(\.rawValue)
        try CheckpointManifest(of: folder, names: names, step: state.steps.taken).write(to: folder)
    }
}
