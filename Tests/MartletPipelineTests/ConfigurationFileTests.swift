import Foundation
import Martlet
import MartletTesting
import Testing

@testable import MartletPipeline

/// A folder of configuration files that goes with the value.
private final class Files {
    let folder = NSTemporaryDirectory() + "configuration-\(UUID())"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String = "run.yaml") throws -> String {
        try FileManager.default.createDirectory(
            atPath: (path(name) as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    @discardableResult
    func write(_ text: String, to name: String = "run.yaml") throws -> String {
        try write(Array(text.utf8), to: name)
    }
}

/// What is wrong with a configuration, with the folder's name taken out.
private func problems(_ files: Files, _ names: [String] = ["run.yaml"], _ words: [String] = [])
    -> [String]
{
    do {
        try TaskSettings().prepareTraining(
            files: names.map(files.path), arguments: words, out: files.path("run"))
        return []
    } catch let error as ConfigurationError {
        return error.problems.map { $0.replacing(files.folder + "/", with: "") }
    } catch {
        return ["\(error)"]
    }
}

private let range = "expected a number from 0 to 1000, or auto, got"

/// Files, and what is said about them.
private let refusals: [(String, String)] = [
    (
        "# a\nepochs: many\n",
        "epochs (run.yaml:2): expected a whole number from 1 to 100000"
    ),
    ("epochs: 0\n", "epochs (run.yaml:1): expected a whole number from 1 to 100000"),
    ("epochs: 2.5\n", "epochs (run.yaml:1): expected a whole number"),
    ("\nlr: .nan\n", "lr (run.yaml:2): \(range) \".nan\""),
    ("lr: nan\n", "lr (run.yaml:1): \(range) \"nan\""),
    ("lr: .inf\n", "lr (run.yaml:1): \(range) \".inf\""),
    ("lr: 1e999\n", "lr (run.yaml:1): \(range) \"1e999\""),
    ("lr: 0x10\n", "lr (run.yaml:1): \(range) \"0x10\""),
    ("lr: -0.1\n", "lr (run.yaml:1): \(range) \"-0.1\""),
    ("lr: \"0.1\"\n", "lr (run.yaml:1): \(range) \"0.1\" in quotes"),
    ("lr: [0.1]\n", "lr (run.yaml:1): \(range) the list [0.1]"),
    ("lr: {a: 1}\n", "unknown key \"lr.a\" (run.yaml:1); did you mean \"lr\"?"),
    (
        "seed:\n",
        "seed (run.yaml:1): expected a whole number from 0 to 2147483647, got nothing"
    ),
    ("seed: ~\n", "got nothing"),
    ("data: null\n", "data (run.yaml:1): expected text, got nothing"),
    ("optimizer: adam\n", "optimizer (run.yaml:1): it is a group"),
    ("optimizer:\n  name: adm\n", "name (run.yaml:2): expected one of sgd, adam"),
    ("optimizer:\n  name: adm\n", "got \"adm\"; did you mean \"adam\"?"),
    (
        "optimizer:\n  beta1: 1\n",
        "optimizer.beta1 (run.yaml:2): expected a number from 0 to below 1"
    ),
    ("optimizer:\n  nesterov: maybe\n", "(run.yaml:2): expected true or false, or auto"),
    (
        "training:\n  epochs: 3\n",
        "unknown key \"training.epochs\" (run.yaml:2); did you mean \"epochs\"?"
    ),
    (
        "training.epochs: 3\n",
        "unknown key \"training.epochs\" (run.yaml:1); did you mean \"epochs\"?"
    ),
    (
        "optimizer.name: adam\n",
        "got a key with dots; in a file write optimizer: {name: ...}"
    ),
    ("schedule:\n  milestones: 30\n", "schedule.milestones (run.yaml:2): expected a list"),
    ("schedule:\n  milestones: [30, x]\n", "(run.yaml:2): expected a list"),
    ("schedule:\n  milestones: [30, [2]]\n", "run.yaml:2: expected one value, or a list"),
    (
        "schedule:\n  milestones: [30, '60']\n",
        "run.yaml:2: schedule.milestones: expected a list without quotes and aliases"
    ),
    ("data: [a]\n", "data (run.yaml:1): expected text, got the list [a]"),
    (
        "schedule:\n  milestones: [30, 20]\n",
        "schedule.milestones (run.yaml:2): expected epochs that rise"
    ),
    ("schedule:\n  name: multistep\n", "schedule.milestones: multistep needs them"),
    (
        "schedule:\n  warmupSteps: 3\n  warmupEpochs: 1\n",
        "schedule.warmupEpochs (run.yaml:3): it stands in place"
    ),
    ("schedule:\n  name: noam\n", "schedule.width: noam needs it"),
    (
        "optimizer: {momentum: 0, nesterov: true}\n",
        "optimizer.nesterov (run.yaml:1): it needs a momentum"
    ),
    ("seed: 1\nlr: 1\nseed: 2\n", "run.yaml:1: given more than once: \"seed\""),
    ("optimizer:\n\tname: adam\n", "run.yaml:2: not YAML"),
    ("optimizer:\n\tname: adam\n", "indent with spaces"),
    ("seed: 'open\n", "not YAML"), ("seed: 1\n---\nseed: 2\n", "run.yaml:2: not YAML"),
    ("seed: \"\u{1}\"\n", "run.yaml:1: not YAML"),
    ("- seed\n", "run.yaml:1: expected keys with values"),
    ("seed\n", "run.yaml:1: expected keys with values"),
    ("? [seed]\n: 1\n", "run.yaml:1: expected a key that is text"),
    ("\"\": 1\n", "run.yaml:1: expected a key that is text"),
    ("seed: &s 1\n", "run.yaml:1: seed: anchors and aliases are not supported"),
    ("lr: &s 1\nbatch: *s\n", "run.yaml:2: batch: anchors and aliases are not supported"),
    (
        "inherit: absent.yaml\n",
        "run.yaml:1: inherit absent.yaml: it cannot be read: No such file"
    ),
    (
        "seed: 1\ninherit: run.yaml\n",
        "run.yaml:2: inherit run.yaml: the file inherits itself"
    ),
    ("inherit:\n", "run.yaml:1: expected one file, or a list, to inherit"),
    ("inherit: {a: b}\n", "run.yaml:1: expected one file, or a list, to inherit"),
    ("data: absent\n", "data (run.yaml:1): absent cannot be read: No such file"),
    ("weights: absent\n", "weights (run.yaml:1): absent cannot be read: No such file"),
]

@Suite struct ConfigurationFileTests {
    @Test("H2: what is wrong with a file is told with its line", arguments: refusals)
    func refused(_ text: String, _ expected: String) throws {
        let files = try Files()
        try files.write(text)
        let problems = problems(files)
        #expect(
            problems.contains { $0.contains(expected) }, "expected \(expected), got \(problems)")
    }

    @Test("H2: all that is wrong is told at once, with files and lines")
    func allAtOnce() throws {
        let files = try Files()
        try files.write("epoch: 3\nlr: fast\n", to: "a.yaml")
        try files.write("optimizer:\n  name: lamb\n  momentum: 1\n", to: "b.yaml")
        try files.write("seed: 'open\n", to: "c.yaml")
        let found = problems(
            files, ["a.yaml", "b.yaml", "c.yaml"], ["seed", "seed=x", "schedule.name=noam"])
        let expected = [
            "c.yaml:2: not YAML", "\"seed\": expected KEY=VALUE", "\"epoch\" (a.yaml:1)",
            "lr (a.yaml:2)", "optimizer.name (b.yaml:2)", "optimizer.momentum (b.yaml:3)",
            "seed: expected a whole number", "schedule.width: noam",
            "schedule.warmupSteps: noam",
        ]
        #expect(found.count == expected.count, "\(found)")
        for (found, expected) in zip(found, expected) {
            #expect(found.contains(expected), "\(found)")
        }
    }

    @Test("H2: files that are huge, deep, no text or no files are refused")
    func unreadable() throws {
        let files = try Files()
        try files.write([UInt8](repeating: UInt8(ascii: "#"), count: 10 << 20))
        #expect(problems(files) == ["run.yaml: expected at most 65536 bytes of YAML, got more"])
        try files.write([UInt8]("seed: 1\nlr: \u{e9}\n".utf8).dropLast(2) + [10])
        #expect(problems(files) == ["run.yaml:2: expected UTF-8 text"])
        try files.write("a: " + String(repeating: "[", count: 30_000))
        #expect(problems(files).first?.contains("not YAML") == true)
        try files.write(String(repeating: "- ", count: 30_000))
        #expect(problems(files).count == 1)
        try files.write(String(repeating: "{a: ", count: 900) + String(repeating: "}", count: 900))
        #expect(problems(files).count == 1)
        #expect(
            problems(files, ["absent.yaml"]) == [
                "absent.yaml: it cannot be read: No such file or directory"
            ])
        #expect(problems(files, ["."]).first?.contains("it cannot be read: Is a directory") == true)
        try files.write("# nothing\n")
        #expect(problems(files) == [])
    }

    @Test("H2: a bomb of aliases is refused at once")
    func bomb() throws {
        let files = try Files()
        var lines = ["a0: &a0 {x: 1}"]
        for i in 1..<12 {
            let aliases = (0..<9).map { "k\($0): *a\(i - 1)" }.joined(separator: ", ")
            lines.append("a\(i): &a\(i) {\(aliases)}")
        }
        try files.write((lines + ["? *a11", ": 1"]).joined(separator: "\n"))
        let start = ContinuousClock.now
        #expect(problems(files) == ["run.yaml:2: anchors and aliases (*name) are not supported"])
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("H2: files that inherit each other without end are refused")
    func endlessInheritance() throws {
        let files = try Files()
        for i in 0..<12 { try files.write("inherit: \(i + 1).yaml\n", to: "\(i).yaml") }
        #expect(
            problems(files, ["0.yaml"]).first?.contains(
                "7.yaml:1: inherit 8.yaml: expected at most 8") == true)
        try files.write("inherit: b.yaml\n", to: "a.yaml")
        try files.write("seed: 1\ninherit: [c.yaml, a.yaml]\n", to: "b.yaml")
        try files.write("seed: 2\n", to: "c.yaml")
        #expect(
            problems(files, ["a.yaml"]) == ["b.yaml:2: inherit a.yaml: the file inherits itself"])
        for i in 0..<7 {
            try files.write(
                "inherit: [\(i + 1).yaml, \(i + 1).yaml, \(i + 1).yaml]\n", to: "\(i).yaml")
        }
        try files.write("seed: 1\n", to: "7.yaml")
        #expect(problems(files, ["0.yaml"]).contains { $0.contains("and 64 in all") })
    }

    @Test func laterValuesWin() throws {
        let files = try Files()
        try files.write(
            "epochs: 1\nbatch: 1\nlr: 1\nseed: 1\noptimizer: {beta1: 0.1, alpha: 0.1}\n",
            to: "base/base.yaml")
        try files.write("inherit: ../base/base.yaml\nbatch: 2\nlr: 2\nseed: 2\n", to: "sub/a.yaml")
        try files.write("lr: 3\nseed: 3\noptimizer: {alpha: 0.3}\n", to: "b.yaml")
        let settings = TaskSettings()
        try settings.prepareTraining(
            files: [files.path("sub/a.yaml"), files.path("b.yaml")], arguments: ["seed=4"],
            out: files.path("run"))
        #expect(settings.epochs == 1 && settings.batch == 2 && settings.lr == 3)
        #expect(settings.seed == 4)
        #expect(settings.optimizer.beta1 == 0.1 && settings.optimizer.alpha == 0.3)
        let lines = settings.yaml().replacing(files.folder, with: "DIR").split(separator: "\n")
        func origin(_ key: String) -> String? {
            lines.first { $0.trimmingCharacters(in: .whitespaces).hasPrefix(key + ":") }
                .flatMap { $0.split(separator: "# ").last }.map(String.init)
        }
        #expect(origin("epochs") == "DIR/sub/../base/base.yaml:1")
        #expect(origin("batch") == "DIR/sub/a.yaml:2")
        #expect(origin("lr") == "DIR/b.yaml:1")
        #expect(origin("seed") == "command line")
        #expect(origin("alpha") == "DIR/b.yaml:3")
        #expect(origin("rho") == "default")
        settings.batch = 77
        #expect(settings.yaml().contains("batch: 77"))
        #expect(
            settings.yaml().split(separator: "\n").contains {
                $0.hasPrefix("batch: 77") && $0.hasSuffix("# derived")
            })
    }

    @Test(
        "H2: any text is written so that it is read back",
        arguments: [
            "plain", "/a/b-c_d.e", "", " ", "true", "no", "null", "~", "auto", "12", "1e3", "0x1f",
            "*star", "&and", "# no comment", "a # b", "a: b", "- a", "[a]", "{a}", "'", "\"", "\\",
            "a\nb", "tab\t", "\u{7}", "é名前🐦", "\u{2028}", "x\u{feff}", "!tag", "%x", "@x", "`x",
            "? x",
            "trailing ", "=", "<<", "a,b",
        ])
    func textIsReadBack(_ text: String) throws {
        let files = try Files()
        let settings = TaskSettings()
        settings.data = text
        settings.schedule.milestones = [3, 5]
        let path = try files.write(settings.yaml())
        let copy = TaskSettings()
        try copy.apply(ConfigurationValue.read(path))
        #expect(copy.data == text)
        #expect(copy.schedule.milestones == [3, 5])
        #expect(copy.entries.map(\.setting.text) == settings.entries.map(\.setting.text))
    }

    @Test("H2: no damaged file stops the program")
    func damagedFiles() throws {
        let files = try Files()
        let settings = TaskSettings()
        settings.schedule.milestones = [3, 5]
        let whole = Array(settings.yaml().utf8)
        let seed = UInt64.random(in: 0...UInt64.max)
        print("damaged configuration files: seed \(seed)")
        var random = Generator(seed: seed)
        let scale = ProcessInfo.processInfo.environment["MARTLET_TEST_SCALE"].flatMap(Int.init) ?? 1
        let pieces = [
            "\t", ":", "- ", "*a ", "&a ", "'", "\"", "{", "]", "\u{0}", "? ", "|\n", "!!", "%",
            "é",
        ]
        for _ in 0..<(300 * scale) {
            var bytes = whole
            for _ in 0..<random.integer(in: 1..<5) where !bytes.isEmpty {
                let place = random.integer(in: 0..<bytes.count)
                switch random.integer(in: 0..<4) {
                case 0: bytes[place] = UInt8(random.integer(in: 0..<256))
                case 1:
                    bytes.removeSubrange(
                        place..<min(bytes.count, place + random.integer(in: 1..<9)))
                case 2:
                    let piece = pieces[random.integer(in: 0..<pieces.count)]
                    bytes.insert(contentsOf: Array(piece.utf8), at: place)
                default: bytes.removeSubrange((place + 1)...)
                }
            }
            let path = try files.write(bytes)
            do {
                try TaskSettings().apply(ConfigurationValue.read(path))
            } catch let error as ConfigurationError {
                #expect(!error.problems.isEmpty && error.problems.allSatisfy { !$0.isEmpty })
            }
        }
    }
}
