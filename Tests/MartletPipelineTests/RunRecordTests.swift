import Foundation
import Martlet
import MartletData
import Testing

@testable import MartletPipeline

@Suite struct RunRecordTests {
    private let hostile = [
        SampleResult(
            id: "a,b \"c\"\nd\r\ne/é.png", score: 1, details: [("truth", "<b>"), ("note", "")]),
        SampleResult(id: "", score: 0.1, details: [("truth", "\"\""), ("note", ",")]),
        SampleResult(id: "plain", score: -2.5e-7, details: [("truth", "x"), ("note", "y")]),
    ]

    @Test func samplesAreReadBack() throws {
        try inTemporaryFolder { folder in
            let path = folder + "/predictions.csv"
            try SampleResults.write(hostile, metric: "accuracy", to: path)
            let (metric, samples) = try SampleResults.read(path)
            #expect(metric == "accuracy")
            #expect(samples == hostile)
        }
    }

    @Test(
        arguments: [
            ("", "row 1"), ("name,accuracy\n", "row 1"), ("id,accuracy\na,1\nb\n", "row 3"),
            ("id,accuracy\na,one\n", "row 2"), ("id,accuracy\na,nan\n", "row 2"),
            ("id,accuracy\n\"a,1\n", "never closed"), ("id,accuracy\n\"a\"b,1\n", "row 2"),
            ("id,accuracy\na\"b,1\n", "row 2"), ("id,accuracy\n\u{FF}", "row 2"),
        ])
    func damagedTablesAreRefused(_ text: String, _ expected: String) throws {
        try inTemporaryFolder { folder in
            let path = folder + "/predictions.csv"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let error = try #require(throws: DataError.self) { try SampleResults.read(path) }
            #expect("\(error)".contains(path) && "\(error)".contains(expected), "\(error)")
            #expect(error.exitCode == 3)
        }
    }

    // MARK: Runs

    /// A run folder with the given epochs' accuracies and, where there are some, samples' scores.
    private func writeRun(
        _ path: String, lr: String = "0.1", accuracies: [Double?], scores: [(String, Double)] = [],
        state: RunStatus.State = .finished, process: Int = 1
    ) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        func write(_ text: String, _ name: String) throws {
            try AtomicFile.write(text, to: "\(path)/\(name)")
        }
        try write(
            """
            {"task": "classification", "model": "lenet", "state": "\(state.rawValue)",
             "started": \(1000 + accuracies.count), "process": \(process), "epochs": 4,
             "monitor": "accuracy", "higherIsBetter": true}
            """, "run.json")
        try write("lr: \(lr)\nseed: 0\n", "config.yaml")
        let lines = accuracies.enumerated().map { epoch, accuracy in
            "{\"epoch\": \(epoch + 1), \"train_loss\": \(2.0 / Double(epoch + 1)), "
                + "\"val_loss\": null, \"val_accuracy\": \(accuracy.map { "\($0)" } ?? "null")}\n"
        }
        try write(lines.joined(), "log.jsonl")
        if !scores.isEmpty {
            try SampleResults.write(
                scores.map { SampleResult(id: $0.0, score: $0.1) }, metric: "accuracy",
                to: "\(path)/\(SampleResults.fileName)")
        }
    }

    @Test func aRunTellsItsBestEpoch() throws {
        try inTemporaryFolder { folder in
            try writeRun(folder + "/a", accuracies: [nil, 0.5, 0.75, 0.75, 0.25])
            let run = try RunRecord(folder + "/a/")
            #expect(run.name == "a" && run.bestScore == 0.75 && run.bestEpoch == 2)
            #expect(run.epochsDone == 5 && run.epochsPlanned == 4)
            try writeRun(folder + "/b", accuracies: [])
            #expect(try RunRecord(folder + "/b").bestScore == nil)
        }
    }

    @Test func aKilledProcessLeavesAnInterruptedRun() throws {
        try inTemporaryFolder { folder in
            // No process has this number: it is above the kernel's greatest.
            try writeRun(folder + "/a", accuracies: [0.5], state: .running, process: 1 << 30)
            #expect(try RunRecord(folder + "/a").state == "interrupted")
            try writeRun(folder + "/b", accuracies: [0.5], state: .running, process: Int(getpid()))
            #expect(try RunRecord(folder + "/b").state == "running")
        }
    }

    @Test func runsAreListedTheNewestFirstAndDamagedOnesLeftOut() throws {
        try inTemporaryFolder { folder in
            try writeRun(folder + "/old", accuracies: [0.5])
            try writeRun(folder + "/new", accuracies: [0.5, 0.6])
            try writeRun(folder + "/damaged", accuracies: [0.5])
            try AtomicFile.write("{\"task\": 7}", to: folder + "/damaged/run.json")
            try FileManager.default.createDirectory(
                atPath: folder + "/other", withIntermediateDirectories: true)
            #expect(try RunRecord.all(in: folder).map(\.name) == ["new", "old"])
            let none = try #require(throws: ConfigurationError.self) {
                try RunRecord(folder + "/other")
            }
            #expect(none.exitCode == 2)
            #expect(throws: ConfigurationError.self) { try RunRecord.all(in: folder + "/none") }
        }
    }

    @Test(
        arguments: [
            ("run.json", "{}", "task"), ("run.json", "[", "run.json"),
            (
                "run.json",
                "{\"task\": \"t\", \"state\": \"finished\", \"started\": 1e300, \"process\": 1, \"epochs\": 1, "
                    + "\"monitor\": \"a\", \"higherIsBetter\": true}", "started"
            ), ("log.jsonl", "{\"epoch\": 1}\n{\"epoch\": \"x\"}\n", "line 2"),
            ("evaluation.json", "{\"epoch\": 1}", "metrics"),
        ])
    func damagedRunsAreRefused(_ file: String, _ text: String, _ expected: String) throws {
        try inTemporaryFolder { folder in
            try writeRun(folder + "/run", accuracies: [0.5])
            try AtomicFile.write(text, to: "\(folder)/run/\(file)")
            let error = try #require(throws: DataError.self) { try RunRecord(folder + "/run") }
            #expect("\(error)".contains(file) && "\(error)".contains(expected), "\(error)")
        }
    }

    // MARK: Comparing

    @Test func settingsThatDifferAndSamplesInCommonAreCompared() throws {
        try inTemporaryFolder { folder in
            let ids = (0..<40).map { "image \($0)" }
            try writeRun(
                folder + "/a", accuracies: [0.5],
                scores: ids.enumerated().map { ($1, $0 < 20 ? 1 : 0) })
            // In another order, without some, with others.
            try writeRun(
                folder + "/b", lr: "0.2", accuracies: [0.6],
                scores: ids.enumerated().dropFirst(10).reversed().map { ($1, $0 < 35 ? 1 : 0) } + [
                    ("another", 1)
                ])
            try writeRun(folder + "/c", accuracies: [0.6], scores: [("another", 1)])
            let runs = try ["a", "b", "c"].map { try RunRecord("\(folder)/\($0)") }
            let comparison = try RunComparison(runs)
            #expect(comparison.settings.map(\.name) == ["lr"])
            #expect(comparison.settings.map(\.values) == [["0.1", "0.2", "0.1"]])
            let difference = try #require(comparison.differences.first)
            #expect(comparison.differences.count == 1 && difference.samples == 30)
            #expect(difference.baseline == 10.0 / 30 && difference.score == 25.0 / 30)
            #expect(abs(difference.difference - 0.5) < 1e-12)
            #expect(difference.low > 0.2 && difference.high < 0.8)
            #expect(
                comparison.notes.count == 1 && comparison.notes[0].contains("/c: none of its 1"))
        }
    }

    @Test func theBootstrapIsTheSameForASeed() {
        let differences = (0..<30).map { sin(Double($0)) }
        let one = PairedBootstrap(differences: differences, seed: 1)
        #expect(one == PairedBootstrap(differences: differences, seed: 1))
        let other = PairedBootstrap(differences: differences, seed: 2)
        #expect(
            one.difference == other.difference && (one.low, one.high) != (other.low, other.high))
        let equal = PairedBootstrap(differences: [0.25, 0.25, 0.25])
        #expect(equal.low == 0.25 && equal.high == 0.25 && equal.difference == 0.25)
    }

    /// The bounds are quantiles of 10,000 draws, whose own standard error is 0.03 of the mean's. Means of whole numbers come in
    /// steps, so that there must be enough of them for a step to be little.
    @Test(.enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func theBootstrapAgreesWithSciPy() throws {
        var generator = Generator(seed: 5)
        let samples: [[Double]] = [
            (0..<300).map { _ in Double(generator.integer(in: -1..<2)) },
            (0..<40).map { _ in generator.normal(mean: 3, std: 2) },
            (0..<2000).map { _ in generator.uniform() < 0.2 ? 1 : 0 },
        ]
        let text = String(decoding: try JSONEncoder().encode(samples), as: UTF8.self)
        let expected = try runPython(
            """
            import json, sys, numpy as np
            from scipy.stats import bootstrap
            result = []
            for d in json.loads(sys.argv[1]):
                r = bootstrap((np.array(d),), np.mean, n_resamples=10000, method="percentile", rng=1)
                result.append([r.confidence_interval.low, r.confidence_interval.high, r.standard_error])
            print(json.dumps(result))
            """, [text], as: [[Double]].self)
        for (differences, bounds) in zip(samples, expected) {
            let own = PairedBootstrap(differences: differences)
            #expect(abs(own.low - bounds[0]) < 0.15 * bounds[2], "\(own) \(bounds)")
            #expect(abs(own.high - bounds[1]) < 0.15 * bounds[2], "\(own) \(bounds)")
        }
    }

    // MARK: Reports

    @Test func textInHTMLIsEscaped() {
        let name = "<script>alert('&\"')</script>\u{0}\u{1B}é"
        let html: HTML = "<td>\(name)</td>\([HTML("<br/>"), "\(7)"])"
        #expect(
            html.source
                == "<td>&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;\u{FFFD}\u{FFFD}é</td><br/>7"
        )
    }

    @Test(
        arguments: [
            (0.0, 1.0), (0.9, 0.93), (-3.0, 120.0), (5, 5), (0, 0), (1e-9, 2e-9), (1e8, 3e8),
            (-1, -0.999), (-1e300, 1e300),
        ])
    func axesHoldTheirValues(_ low: Double, _ high: Double) {
        let scale = Scale(low: low, high: high)
        #expect(scale.low <= low && scale.high >= high && scale.high > scale.low)
        #expect((2...8).contains(scale.ticks.count), "\(scale.ticks)")
        #expect(Set(scale.ticks.map(scale.text)).count == scale.ticks.count, "\(scale.ticks)")
    }

    @Test func aRunWithoutEpochsHasAReport() throws {
        try inTemporaryFolder { folder in
            try writeRun(folder + "/run", accuracies: [])
            let path = try RunReport(RunRecord(folder + "/run")).write()
            #expect(path == folder + "/run/report.html")
            let page = try String(contentsOfFile: path, encoding: .utf8)
            #expect(page.contains("No epoch is finished yet."))
        }
    }

    @Test func numbersOfAnySizeAreDrawn() throws {
        try inTemporaryFolder { folder in
            try writeRun(folder + "/run", accuracies: [1e308, -1e308, 0])
            try AtomicFile.write(
                "{\"train_loss\": 1e308, \"seconds\": -1e300, \"lr\": 5e-324}\n"
                    + "{\"train_loss\": -1e308, \"seconds\": 1e308, \"samples_per_second\": 1e308}\n",
                to: folder + "/run/log.jsonl")
            let page = try RunReport(RunRecord(folder + "/run")).page().source
            #expect(page.contains("<svg") && !page.contains("nan") && !page.contains("inf,"))
        }
    }

    @Test func originsAndEnvironmentAreShown() throws {
        try inTemporaryFolder { folder in
            try writeRun(folder + "/run", accuracies: [0.5, nil, 0.75])
            try AtomicFile.write(
                "lr: 0.1     # command line\nseed: 0\n", to: folder + "/run/config.yaml")
            try AtomicFile.write(
                "{\"processor\": \"A <fast> one\", \"cores\": 2, \"data\": null, \"busy\": true}",
                to: folder + "/run/environment.json")
            let page = try RunReport(RunRecord(folder + "/run")).page().source
            #expect(page.contains("<td>lr</td><td>0.1</td><td>command line</td>"))
            #expect(page.contains("<td>processor</td><td>A &lt;fast&gt; one</td>"))
            #expect(page.contains("<td>cores</td><td>2</td>"))
        }
    }
}
