import Foundation
import MartletConformance
import TabularTask
import Testing

/// What every task promises, of numbers and of classes.
@Suite struct ConformanceTests {
    private static let tables = [Tables.housing, Tables.diabetes]

    private func kit(_ table: String) -> ConformanceKit<TabularTask> {
        ConformanceKit("data=\(table)", "epochs=3", "batch=64", "dropout=0.1")
    }

    /// Three files of some rows each.
    private func withInputs(_ table: String, _ body: ([String]) throws -> Void) throws {
        try withFolder { folder in
            let all = try lines(table)
            let files = [1...1, 2...40, 41...50].enumerated().map { ($1, "\(folder)/\($0).csv") }
            for (rows, path) in files { try write([all[0]] + all[rows], to: path) }
            try body(files.map(\.1))
        }
    }

    @Test(arguments: tables) func overfits(_ table: String) throws {
        try kit(table).overfits(
            "batch=16", "epochs=300", "lr=0.01", "hidden=64", "dropout=0", below: 0.01)
    }

    @Test(arguments: tables) func resumesExactly(_ table: String) throws {
        try kit(table).resumesExactly()
    }

    @Test(arguments: tables) func predictsEachAlone(_ table: String) throws {
        try withInputs(table) { try kit(table).predictsEachAlone($0) }
    }

    @Test(arguments: tables) func exportsItsNetwork(_ table: String) throws {
        try kit(table).exportsItsNetwork()
    }

    @Test(arguments: tables) func refusesDamagedInputs(_ table: String) throws {
        try withInputs(table) {
            try kit(table).refusesDamagedInputs($0, words: [",", "\"", "\r\n", "1e400", "nan"])
        }
    }

    @Test(arguments: tables) func skipsDamagedRows(_ table: String) throws {
        try kit(table).skipsDamagedSamples { copy in
            var all = try lines(copy)
            all[3] = all[3] + ",1"
            all[20] = all[20].split(separator: ",").dropLast().joined(separator: ",")
            all[21] = "abc," + all[21].split(separator: ",").dropFirst().joined(separator: ",")
            all[22] = all[22].split(separator: ",").dropLast().joined(separator: ",") + ",abc"
            all[33] = "1e999," + all[33].split(separator: ",").dropFirst().joined(separator: ",")
            all[40] = "\"" + all[40]
            try write(all, to: copy)
            return Set([3, 20, 21, 22, 33, 40].map { "\(copy): line \($0 + 1)" })
        }
    }
}
