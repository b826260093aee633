import Foundation
import MartletTesting
import Testing

/// What becomes of a command whose output or messages cannot be written.
@Suite struct OutputTests {
    /// Runs `martlet` in a shell that redirects, and gives its own exit status.
    private func run(_ command: String, in folder: String) throws -> Program.Outcome {
        try Program.run(
            "/bin/sh", ["-c", command.replacing("martlet", with: "'\(Martlet.path)'")], in: folder)
    }

    @Test(
        "H4: output that cannot be written is an error",
        arguments: [
            "martlet tasks", "martlet tasks classification", "martlet schema classification",
            "martlet --help", "martlet train classification --print-config",
        ])
    func full(_ command: String) throws {
        try withFolder { folder in
            for place in ["/dev/full", "&-"] {
                let outcome = try run("\(command) >\(place)", in: folder)
                #expect(outcome.code == 6 && !outcome.crashed, "\(outcome)")
                #expect(outcome.errors.contains("standard output: cannot write"))
            }
        }
    }

    @Test("H4: a reader that went away ends the command as SIGPIPE would, without words")
    func closedPipe() throws {
        try withFolder { folder in
            let outcome = try run(
                "(sleep 0.3; martlet tasks; echo $? >code) | true; wait", in: folder)
            #expect(outcome.errors.isEmpty, "\(outcome.errors)")
            let deadline = Date(timeIntervalSinceNow: 20)
            while Date() < deadline,
                (try? String(contentsOfFile: folder + "/code", encoding: .utf8)) != "141\n"
            {
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect(try String(contentsOfFile: folder + "/code", encoding: .utf8) == "141\n")
        }
    }

    @Test("H4: training goes on without standard error, and its files stay its own")
    func closedErrors() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let train = "martlet train classification data=data model=lenet epochs=1 --out"
            for (run, place, code) in [
                ("a", "2>&-", 0), ("b", "2>/dev/full", 0), ("c", "<&- >&- 2>&-", 6),
            ] {
                let outcome = try self.run("\(train) \(run) \(place)", in: folder)
                #expect(outcome.code == code && !outcome.crashed, "\(outcome)")
                let settings = try String(
                    contentsOfFile: "\(folder)/\(run)/config.yaml", encoding: .utf8)
                #expect(settings.hasPrefix("data: data ") && !settings.contains("epoch 1"))
                let evaluate = try Martlet.run("evaluate", run, "--json", in: folder)
                #expect(evaluate.code == 0, "\(evaluate.errors)")
            }
        }
    }

    @Test("H4: without a terminal, in the C locale and with NO_COLOR, output is plain lines")
    func plain() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/dätä")
            let outcome = try run(
                "LANG=C LC_ALL=C NO_COLOR=1 TERM=dumb martlet train classification data=dätä "
                    + "model=lenet epochs=1 --out run", in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output == "run\n")
            #expect(outcome.errors.contains("epoch 1: train loss"))
            #expect(!(outcome.output + outcome.errors).contains { $0 == "\r" || $0 == "\u{1b}" })
            let unknown = try run("LC_ALL=C martlet train classification dätä=1", in: folder)
            #expect(unknown.code == 2 && unknown.errors.contains("\"dätä\""))
        }
    }
}
