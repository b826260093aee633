import Foundation
import Martlet
import MartletConformance
import Testing

@testable import MartletData
@testable import MartletPipeline

/// What a disk that fails, or a process that is killed, leaves behind: tried at every system call of a run's saves.
@Suite struct DiskFaultTests {
    private func trainer(_ path: String) throws -> Trainer<TinyTask> {
        let task = TinyTask(training: try settings("epochs=2", "lr=0.05", "checkpoint.keep=1"))
        return try Trainer(task, out: path)
    }

    private func whole() throws -> RunResult {
        try inFolder { path in
            try trainer(path).run()
            return try RunResult(path)
        }
    }

    /// Every call with a greater scale, else every fourth from a random one.
    private let stride = testScale > 1 ? 1 : 4

    @Test("D2: killed in front of any system call of its saves, a run resumes to the same end")
    func killed() throws {
        let whole = try whole()
        var call = Int.random(in: 1 - stride...0)
        var isOver = false
        while !isOver {
            call += stride
            try inFolder { path in
                // All that follows fails, cleaning up included: the disk stays as it was before the call.
                let fault = DiskFault(call: call, code: EIO, isLasting: true)
                let killed = try trainer(path)
                do {
                    try DiskFault.$current.withValue(fault) { try killed.run() }
                } catch let error as DiskError {
                    #expect(error.code == EIO && error.exitCode == 6)
                }
                isOver = fault.calls < call
                killed.close()
                let resumed = try Trainer<TinyTask>(resuming: EarlierRun(path))
                #expect(try leftovers(path) == [], "call \(call)")
                try resumed.run()
                #expect(try RunResult(path) == whole, "call \(call)")
            }
        }
        #expect(call > 60)
    }

    @Test("D3: an error at any system call is told, the save tried again, and nothing lost")
    func oneError() throws {
        let whole = try whole()
        let codes = [ENOSPC, EIO, EDQUOT, EMFILE]
        var call = 0
        var isOver = false
        while !isOver {
            call += 1
            for code in testScale > 1 ? codes : [codes[call % codes.count]] {
                try inFolder { path in
                    let fault = DiskFault(call: call, code: code)
                    let trainer = try trainer(path)
                    try DiskFault.$current.withValue(fault) { try trainer.run() }
                    isOver = fault.calls < call
                    let result = try RunResult(path)
                    #expect(result.files == whole.files, "call \(call), error \(code)")
                    #expect(result.log == whole.log, "call \(call), error \(code)")
                }
            }
        }
        #expect(call > 60)
    }

    @Test(
        "D3: a disk that stays full ends training after three failures, with the checkpoint before intact",
        arguments: [ENOSPC, EIO, EDQUOT, EMFILE])
    func lastingErrors(_ code: Int32) throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=9", "lr=0.05"))
            let trainer = try Trainer(task, out: path)
            let fault = DiskFault(
                call: 40, of: [.write, .open, .fsync, .rename], code: code, isLasting: true)
            let error = try #require(throws: DiskError.self) {
                try DiskFault.$current.withValue(fault) { try trainer.run() }
            }
            #expect(error.code == code && error.exitCode == 6)
            #expect(trainer.saving.failures == 3 && trainer.state.epoch < 9)
            trainer.close()
            let before = try EarlierRun(path, strict: true).checkpoint.state.epoch
            #expect(before == trainer.state.epoch - 3)
        }
    }

    @Test("D3: a disk that is full at the start ends with nothing left behind")
    func fullAtTheStart() throws {
        var call = 0
        var isOver = false
        while !isOver {
            call += 1
            try inFolder { path in
                let fault = DiskFault(
                    call: call, of: [.write, .open, .fsync, .rename, .mkdir, .symlink], code: ENOSPC
                )
                do {
                    _ = try DiskFault.$current.withValue(fault) { try trainer(path) }
                    isOver = true
                } catch let error as DiskError {
                    #expect(error.path == path && error.exitCode == 6, "call \(call): \(error)")
                    // The very last call, which makes the name last, fails with the folder in place and complete.
                    let isThere = FileManager.default.fileExists(atPath: path)
                    if isThere { _ = try EarlierRun(path, strict: true) }
                }
            }
        }
        #expect(call > 20)
    }
}
