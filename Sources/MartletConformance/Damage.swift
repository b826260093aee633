internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletPipeline
internal import MartletTesting
public import Testing

extension ConformanceKit {
    /// Inputs with mistakes in them, made of good ones at random, are predicted for or refused: by an error of exit code 3 that
    /// names the file, and good ones then get what they got before. A mutant that ends the program is left behind; its
    /// path is on standard output.
    ///
    /// - Parameters:
    ///   - inputs: good files that `predict` takes.
    ///   - count: how many mutants there are of them, times `MARTLET_TEST_SCALE`; `MARTLET_TEST_SEED` gives others.
    ///   - words: what the format's readers look for.
    public func refusesDamagedInputs(
        _ inputs: [String], mutants count: Int = 200, words: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        precondition(!inputs.isEmpty, "refusesDamagedInputs: expected an input or more, got none")
        try withTrainedTask { task in
            let before = try predictions(task, inputs)
            try withFolder { folder in
                func problem(_ path: String, isGone: Bool = false) -> String? {
                    do {
                        _ = try predictions(task, [path])
                        return isGone ? "expected an error for a file that is gone, got none" : nil
                    } catch {
                        return Refusal.problem(error, naming: path)
                    }
                }
                for (ending, files) in Dictionary(grouping: inputs, by: ending(of:))
                    .sorted(by: { $0.key < $1.key })
                {
                    let path = "\(folder)/mutant\(ending)"
                    print("MUTANTS \(T.name): seed \(Fuzzing.seed), the mutant at hand is \(path)")
                    fflush(nil)
                    var mutations = Mutations(
                        of: try files.map(Refusal.bytes), words: words,
                        generator: Generator(seed: UInt64(Fuzzing.seed)).stream(T.name + ending))
                    for number in 1...max(1, count * Fuzzing.scale * files.count / inputs.count) {
                        let mutant = mutations.next()
                        try Refusal.write(mutant, to: path)
                        guard let text = problem(path) else { continue }
                        return broken(
                            "refusesDamagedInputs",
                            "mutant \(number) of seed \(Fuzzing.seed) (\(mutant.count) bytes): "
                                + text, sourceLocation)
                    }
                    try FileManager.default.removeItem(atPath: path)
                    if let text = problem(path, isGone: true) {
                        broken("refusesDamagedInputs", text, sourceLocation)
                    }
                }
            }
            let after = try predictions(task, inputs)
            if let text = try PredictionComparison(tolerance: 0).difference(after, before) {
                broken(
                    "refusesDamagedInputs",
                    "expected good inputs to get afterwards what they got before; \(text)",
                    sourceLocation)
            }
        }
    }

    /// Under `samples.onBad=skip` a training goes on without damaged files, and lists exactly those, whatever the number of
    /// workers; without it the first one ends training with an error that names it.
    ///
    /// The first file is emptied and the others are changed at random; those that `predict` then refuses are the damaged
    /// ones.
    ///
    /// - Parameter files: of files that hold a sample each, and are called by their paths in `SampleError.sample`, some to
    ///   damage: their paths in the folder `data`. A copy of it is made.
    public func skipsDamagedSamples(
        _ files: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        precondition(!files.isEmpty, "skipsDamagedSamples: expected a file or more, got none")
        print("DAMAGE \(T.name): seed \(Fuzzing.seed)")
        try withTrainedTask { task in
            try skipsDamagedSamples(sourceLocation: sourceLocation) { data in
                var damaged: Set<String> = []
                for (number, file) in files.enumerated() {
                    let path = "\(data)/\(file)"
                    let generator = Generator(seed: UInt64(Fuzzing.seed))
                    var mutations = Mutations(
                        of: [try Refusal.bytes(path)], words: [],
                        generator: generator.stream("damage", number))
                    try Refusal.write(number == 0 ? [] : mutations.next(), to: path)
                    do {
                        _ = try predictions(task, [path])
                    } catch {
                        damaged.insert(path)
                        guard let text = Refusal.problem(error, naming: path) else { continue }
                        broken("skipsDamagedSamples", text, sourceLocation)
                    }
                }
                return damaged
            }
        }
    }

    /// Under `samples.onBad=skip` a training goes on without damaged samples, and lists exactly those, whatever the number of
    /// workers; without it the first one ends training with an error that names it.
    ///
    /// - Parameter damage: damages samples in a copy of `data`, whose path it is given, and returns what they are called in
    ///   `SampleError.sample`.
    public func skipsDamagedSamples(
        sourceLocation: SourceLocation = #_sourceLocation,
        damage: (_ data: String) throws -> Set<String>
    ) throws {
        let data = try options().data
        try withFolder { folder in
            let copy = "\(folder)/\(FilePath.name(of: data))"
            try FileManager.default.copyItem(atPath: data, toPath: copy)
            let truth = try damage(copy).sorted()
            guard !truth.isEmpty else {
                return broken(
                    "skipsDamagedSamples", "expected a damaged sample or more, got none",
                    sourceLocation)
            }
            for workers in [0, 2] {
                let run = "\(folder)/run-\(workers)"
                let words = [
                    "data=\(copy)", "samples.onBad=skip", "samples.maxBad=1",
                    "training.workers=\(workers)",
                ]
                if let text = try skippingProblem(words, run: run, truth: truth) {
                    broken("skipsDamagedSamples", text, sourceLocation)
                }
            }
            if let text = failingProblem(["data=\(copy)"], run: folder + "/strict", truth: truth) {
                broken("skipsDamagedSamples", text, sourceLocation)
            }
        }
    }

    /// What a training that should go on does instead.
    private func skippingProblem(_ words: [String], run: String, truth: [String]) throws -> String?
    {
        let task: T
        do {
            task = try makeTask(words)
            try Trainer(task, out: run).run()
        } catch {
            return "expected training to go on without \(truth.count) damaged samples, got \(error)"
        }
        let skipped = task.skipped.flatMap(\.list).map(\.sample).sorted()
        guard skipped == truth else {
            return "expected the samples \(truth) to be skipped, got \(skipped)"
        }
        let list = try String(contentsOfFile: run + "/skipped.jsonl", encoding: .utf8)
        let listed = try list.split(separator: "\n").compactMap { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return entry?["sample"] as? String
        }.sorted()
        return listed == truth
            ? nil : "expected skipped.jsonl to list the samples \(truth), got \(listed)"
    }

    /// What a training that should end does instead.
    private func failingProblem(_ words: [String], run: String, truth: [String]) -> String? {
        do {
            try Trainer(makeTask(words), out: run).run()
            return "expected a damaged sample to end training, as samples.onBad is fail"
        } catch {
            let texts = truth.map { Refusal.problem(error, naming: $0) }
            return texts.contains { $0 == nil } ? nil : texts[0]
        }
    }
}

/// The last dot of a path's name, and what follows.
private func ending(of path: String) -> String {
    let text = FilePath.lowercasedExtension(FilePath.name(of: path))
    return text.isEmpty ? "" : "." + text
}

/// How a file is refused that cannot be read.
private enum Refusal {
    /// Why an error is none that a damaged file may end with; nil where it is one.
    static func problem(_ error: any Error, naming file: String) -> String? {
        guard let coded = error as? any ExitCoded, coded.exitCode == 3 else {
            return "expected an error of exit code 3 that names \(file), as DataError does, got "
                + "\(type(of: error)): \(error)"
        }
        return "\(error)".contains(file)
            ? nil : "expected an error that names \(file), got \(type(of: error)): \(error)"
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
