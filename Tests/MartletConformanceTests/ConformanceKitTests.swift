import Foundation
import Martlet
import MartletConformance
import Testing

/// The kit finds nothing to say about a good task, and what is wrong with a bad one.
@Suite struct ConformanceKitTests {
    private typealias Fault = FaultyOptions.Fault

    /// Twelve files of two numbers.
    private func withData(_ body: (_ data: String, _ files: [String]) throws -> Void) throws {
        let data = NSTemporaryDirectory() + "faulty-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: data) }
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        var generator = Generator(seed: 2)
        let names = (10..<22).map { "\($0).txt" }
        for name in names {
            let numbers = "\(generator.uniform(-1, 1)) \(generator.uniform(-1, 1))"
            try numbers.write(toFile: "\(data)/\(name)", atomically: true, encoding: .utf8)
        }
        try body(data, names.map { "\(data)/\($0)" })
    }

    private func kit(_ data: String, _ fault: Fault) -> ConformanceKit<FaultyTask> {
        ConformanceKit("data=\(data)", "epochs=2", "lr=0.01", "fault=\(fault.rawValue)")
    }

    /// A call that must record an issue with these words.
    private func expectIssue(
        _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) throws {
        try withKnownIssue(sourceLocation: sourceLocation) {
            try body()
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains(words) }
        }
    }

    @Test func aGoodTaskPasses() throws {
        try withData { data, files in
            let kit = kit(data, .none)
            try kit.overfits("lr=0.03", below: 0.001)
            try kit.resumesExactly()
            try kit.resumesExactly("training.ema=0.9", "training.accumulate=2", stops: 2)
            try kit.predictsEachAlone(files)
            try kit.exportsItsNetwork()
            try kit.refusesDamagedInputs(files)
            try kit.skipsDamagedSamples(["10.txt", "13.txt", "21.txt"])
        }
    }

    @Test func whatDoesNotLearnIsFound() throws {
        try withData { data, _ in
            try expectIssue("fall below 0.05 in 100 epochs, got 1.0, from 1.0") {
                try kit(data, .idle).overfits()
            }
            try expectIssue("a loss above 0.05 before anything is learnt, got 0.0") {
                try kit(data, .easy).overfits()
            }
        }
    }

    @Test("D5: a task that forgets something is found") func whatForgetsIsFound() throws {
        try withData { data, _ in
            try expectIssue("different: last/model.safetensors") {
                try kit(data, .forgetful).resumesExactly()
            }
            try expectIssue("expected a training of several batches") {
                try kit(data, .none).resumesExactly("epochs=1", "batch=100")
            }
        }
    }

    @Test("predictions that depend on their neighbours are found")
    func whatDependsOnTheBatchIsFound() throws {
        try withData { data, files in
            try expectIssue(": .sum is") { try kit(data, .batchwise).predictsEachAlone(files) }
            try expectIssue(": .input is") {
                try kit(data, .disorderly).predictsEachAlone(files)
            }
        }
    }

    @Test func whatCannotBeExportedIsFound() throws {
        try withData { data, _ in
            try expectIssue("the written graph gives") {
                try kit(data, .frozen).exportsItsNetwork()
            }
        }
    }

    @Test("errors that are no refusals are found") func whatDoesNotRefuseIsFound() throws {
        try withData { data, files in
            try expectIssue("expected an error of exit code 3") {
                try kit(data, .untyped).refusesDamagedInputs(files)
            }
            try expectIssue("expected an error that names") {
                try kit(data, .nameless).refusesDamagedInputs(files)
            }
            try expectIssue("expected an error for a file that is gone, got none") {
                try kit(data, .gullible).refusesDamagedInputs(files)
            }
        }
    }

    @Test("B6: samples that are left out and not listed are found")
    func whatSkipsInSilenceIsFound() throws {
        try withData { data, _ in
            try expectIssue("to be skipped, got") {
                try kit(data, .silent).skipsDamagedSamples(["10.txt", "13.txt", "21.txt"])
            }
            try expectIssue("expected training to go on without 2 damaged samples") {
                try kit(data, .untyped).skipsDamagedSamples { copy in
                    let names: Set = ["\(copy)/10.txt", "\(copy)/12.txt"]
                    for name in names {
                        try "bad".write(toFile: name, atomically: true, encoding: .utf8)
                    }
                    return names
                }
            }
            try expectIssue("expected a damaged sample or more") {
                try kit(data, .none).skipsDamagedSamples { _ in [] }
            }
        }
    }
}
