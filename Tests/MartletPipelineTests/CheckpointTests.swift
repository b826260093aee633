import Foundation
import Martlet
import MartletConformance
import MartletData
import Testing

@testable import MartletPipeline

@Suite struct CheckpointTests {
    private let manager = FileManager.default

    /// A run of three epochs, all kept.
    private func withRun(_ body: (String) throws -> Void) throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=3", "lr=0.05", "checkpoint.keep=9"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            trainer.close()
            try body(path)
        }
    }

    private typealias Damage = (name: String, spoil: (_ checkpoint: String) throws -> Void)

    private static func flip(_ path: String, byte: Int, bit: Int = 0) throws {
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        data[byte % data.count] ^= 1 << bit
        try data.write(to: URL(fileURLWithPath: path))
    }

    private func damages() -> [Damage] {
        let manager = manager
        var result: [Damage] = []
        for file in Checkpoint.File.allCases.map(\.rawValue) + [CheckpointManifest.fileName] {
            result.append(("\(file) missing", { try manager.removeItem(atPath: "\($0)/\(file)") }))
            result.append(
                ("\(file) cut short", { #expect(truncate("\($0)/\(file)", 40) == 0) }))
            result.append(("\(file) empty", { #expect(truncate("\($0)/\(file)", 0) == 0) }))
            result.append(
                (
                    "\(file) a link",
                    {
                        try manager.moveItem(atPath: "\($0)/\(file)", toPath: "\($0)/real")
                        try manager.createSymbolicLink(
                            atPath: "\($0)/\(file)", withDestinationPath: "real")
                    }
                ))
        }
        for file in Checkpoint.File.allCases.map(\.rawValue) {
            result.append(
                ("\(file) with another bit", { try Self.flip("\($0)/\(file)", byte: 77, bit: 3) }))
        }
        result.append(
            (
                "an empty folder",
                {
                    try manager.removeItem(atPath: $0)
                    try manager.createDirectory(atPath: $0, withIntermediateDirectories: false)
                }
            ))
        result.append(
            (
                "a file in place of the folder",
                {
                    try manager.removeItem(atPath: $0)
                    try Data("x".utf8).write(to: URL(fileURLWithPath: $0))
                }
            ))
        result.append(
            (
                "a link in place of the folder",
                {
                    try manager.removeItem(atPath: $0)
                    try manager.createSymbolicLink(
                        atPath: $0, withDestinationPath: "epoch0001")
                }
            ))
        result.append(
            (
                "an older one under its name",
                {
                    try manager.removeItem(atPath: $0)
                    let older = ($0 as NSString).deletingLastPathComponent + "/epoch0001"
                    try manager.copyItem(atPath: older, toPath: $0)
                }
            ))
        return result
    }

    @Test(
        "D7: a damaged newest checkpoint is set aside, and the one before goes on to the same end")
    func fallsBack() throws {
        try withRun { path in
            let whole = try RunResult(path)
            for (name, spoil) in damages() {
                try inFolder { copy in
                    try manager.copyItem(atPath: path, toPath: copy)
                    try spoil(copy + "/checkpoints/epoch0003")
                    let strict = try #require(throws: CheckpointError.self, "\(name)") {
                        try EarlierRun(copy, strict: true)
                    }
                    #expect(strict.exitCode == 4 && "\(strict)".contains("epoch0003"), "\(strict)")
                    let trainer = try Trainer<TinyTask>(resuming: EarlierRun(copy))
                    #expect(trainer.state.epoch == 2, "\(name)")
                    try trainer.run()
                    #expect(try RunResult(copy) == whole, "\(name)")
                    let left = try manager.contentsOfDirectory(atPath: copy + "/checkpoints")
                    #expect(left.contains("epoch0003.damaged"), "\(name): \(left)")
                }
            }
        }
    }

    @Test("D7: with nothing intact left the run is refused")
    func nothingIntact() throws {
        try withRun { path in
            for name in try manager.contentsOfDirectory(atPath: path + "/checkpoints") {
                #expect(truncate("\(path)/checkpoints/\(name)/model.safetensors", 9) == 0)
            }
            let error = try #require(throws: CheckpointError.self) { try EarlierRun(path) }
            #expect("\(error)".contains("intact"), "\(error)")
        }
    }

    @Test("A10: a bit flipped anywhere in a checkpoint is found, or changes nothing")
    func flippedBits() throws {
        try withRun { path in
            let checkpoint = path + "/checkpoints/epoch0003"
            let position = TrainingPosition(epoch: 3)
            let good = try Checkpoint(checkpoint, position)
            var generator = Generator(seed: UInt64.random(in: 0...UInt64.max))
            let seed = generator.seed
            for _ in 0..<200 * testScale {
                let names = try manager.contentsOfDirectory(atPath: checkpoint).sorted()
                let file = "\(checkpoint)/\(names[generator.integer(in: 0..<names.count)])"
                let size = try Data(contentsOf: URL(fileURLWithPath: file)).count
                let (byte, bit) = (
                    generator.integer(in: 0..<size), generator.integer(in: 0..<8)
                )
                try Self.flip(file, byte: byte, bit: bit)
                do {
                    let read = try Checkpoint(checkpoint, position)
                    #expect(
                        file.hasSuffix(CheckpointManifest.fileName) && read.state == good.state,
                        "seed \(seed): byte \(byte), bit \(bit) of \(file)")
                } catch {
                    #expect("\(error)".contains(checkpoint), "seed \(seed): \(error)")
                }
                try Self.flip(file, byte: byte, bit: bit)
            }
            // The file that is handed on is held against the manifest beside it, too.
            try Self.flip(checkpoint + "/model.safetensors", byte: 500)
            #expect(throws: CheckpointError.self) {
                try ModelFile(checkpoint + "/model.safetensors")
            }
        }
    }

    @Test("D8: after any saves the newest k and the best are there, and nothing else was removed")
    func rotation() throws {
        var generator = Generator(seed: UInt64.random(in: 0...UInt64.max))
        let seed = generator.seed
        for _ in 0..<20 * testScale {
            try inFolder { path in
                let keep = generator.integer(in: 1..<5)
                var folder = try RunFolder(creating: path)
                try folder.save(TrainingPosition(), best: nil, keep: keep, write: contents)
                try folder.appear()
                try Data().write(to: URL(fileURLWithPath: path + "/checkpoints/mine"))
                var model = [TrainingPosition()]
                var best: TrainingPosition?
                var origin: TrainingPosition?
                var position = TrainingPosition()
                for _ in 0..<generator.integer(in: 1..<12) {
                    if generator.bernoulli(0.5) {
                        position = TrainingPosition(epoch: position.epoch + 1)
                        if generator.bernoulli(0.4) { best = position }
                    } else {
                        position.batch += generator.integer(in: 1..<9)
                    }
                    if generator.bernoulli(0.2) {
                        // As after a crash: the newest is what is gone on from.
                        folder.close()
                        folder = try RunFolder(opening: path)
                        origin = model.max()
                        folder.resume(from: origin ?? position)
                    }
                    try folder.save(position, best: best, keep: keep, write: contents)
                    model = Array((model + [position]).sorted(by: >))
                    let kept = Set(model.prefix(keep)).union([best, origin].compactMap { $0 })
                    model = model.filter { kept.contains($0) }
                    let names = Set(try manager.contentsOfDirectory(atPath: path + "/checkpoints"))
                    #expect(names == Set(model.map(\.name) + ["mine"]), "seed \(seed)")
                    let last = try manager.destinationOfSymbolicLink(atPath: path + "/last")
                    let bestLink = try manager.destinationOfSymbolicLink(atPath: path + "/best")
                    #expect(last == "checkpoints/\(position.name)", "seed \(seed)")
                    #expect(bestLink == "checkpoints/\((best ?? position).name)", "seed \(seed)")
                }
            }
        }
    }

    private func contents(_ folder: AtomicDirectory) throws {
        try AtomicFile.write("x", to: folder.file("model.safetensors"))
    }

    @Test("D8: positions are ordered and named without loss")
    func positions() {
        let positions = [
            TrainingPosition(epoch: 0), .init(epoch: 0, batch: 1), .init(epoch: 9, batch: 123),
            .init(epoch: 10), .init(epoch: 12_345, batch: 12_345_678),
        ]
        #expect(positions == positions.shuffled().sorted())
        for position in positions { #expect(TrainingPosition(name: position.name) == position) }
        for name in [
            "", "epoch", "epoch1", "epoch-001", "epoch0001-", "epoch0001-batch000000",
            "epoch0001.damaged",
            "epoch0001-batch1", "epoch0001-batch000001-x", "epoch00001", "Epoch0001",
        ] { #expect(TrainingPosition(name: name) == nil, "\(name)") }
    }

    @Test("D10: a second trainer is kept out, and a dead one's lock is no obstacle")
    func lock() throws {
        try withRun { path in
            let first = try EarlierRun(path)
            let error = try #require(throws: ConfigurationError.self) { try EarlierRun(path) }
            #expect("\(error)".contains("process \(getpid())") && error.exitCode == 2, "\(error)")
            first.folder.close()
            // A process number that no process has.
            try "99999999\n".write(toFile: path + "/.lock", atomically: false, encoding: .utf8)
            _ = try EarlierRun(path)
        }
    }

    @Test("D10: the clock does not order checkpoints, and what a dead process left is removed")
    func clockAndLeftovers() throws {
        try withRun { path in
            let old = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 0)]
            try manager.setAttributes(old, ofItemAtPath: path + "/checkpoints/epoch0003")
            for name in [
                ".log.jsonl.tmp-99999999-1", "checkpoints/.epoch0004.tmp-99999999-7",
                "checkpoints/.epoch0004.tmp-\(getpid())-99999",
            ] {
                try manager.createDirectory(
                    atPath: "\(path)/\(name)", withIntermediateDirectories: false)
            }
            #expect(try EarlierRun(path).checkpoint.state.epoch == 3)
            #expect(try leftovers(path) == [])
        }
    }

    @Test("D10: a run folder that is deleted meanwhile is a disk error")
    func deletedFolder() throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=9", "lr=0.05"))
            let trainer = try Trainer(task, out: path)
            try manager.removeItem(atPath: path)
            let error = try #require(throws: DiskError.self) { try trainer.run() }
            #expect(error.exitCode == 6 && "\(error)".contains(path), "\(error)")
            #expect(trainer.state.epoch == 3)
        }
    }

    @Test func checkpointsWithinAnEpoch() throws {
        try inFolder { path in
            let task = TinyTask(
                training: try settings(
                    "epochs=1", "lr=0.05", "training.checkpointSteps=3", "checkpoint.keep=9"))
            try Trainer(task, out: path).run()
            #expect(
                try manager.contentsOfDirectory(atPath: path + "/checkpoints").sorted() == [
                    "epoch0000", "epoch0000-batch000003", "epoch0000-batch000006", "epoch0001",
                ])
        }
    }
}
