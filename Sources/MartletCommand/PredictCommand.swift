internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletNN
internal import MartletPipeline

struct PredictCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Applies a model to files or texts.")

    @Argument(help: "A run folder or a model file.") var model: String
    @Argument(
        help: """
            Files, folders or patterns such as 'images/*.png', '-' for texts on standard input, one a line, and \
            settings that replace the model's: detect.score=0.5 ...
            """)
    var inputs: [String] = []
    @Option(
        name: .customLong("text"), parsing: .unconditionalSingleValue,
        help: "A text to apply it to; may be given several times.")
    var texts: [String] = []
    @Option(help: "A folder for predictions.json and pictures or pages, which must not exist.")
    var out: String?
    @Flag(help: "Print JSON instead of lines; of standard input an object a line.") var json = false

    static let standardInput = "-"

    func run() throws {
        if let out { try OutputPath.check(out) }
        let file = try ModelFile(model)
        try predict(try MartletCommand.task(of: file), file)
    }

    private static let filesAtOnce = 64
    private static let textsAtOnce = 64

    private func predict<T: MartletPipeline.Task>(_ type: T.Type, _ file: ModelFile) throws {
        let (inputs, settings) = InputFiles.split(inputs)
        guard !inputs.isEmpty || !texts.isEmpty else {
            throw ConfigurationError([
                "predict: expected files, folders, patterns or texts to apply it to"
            ])
        }
        let task = try file.makeTask(type, changes: ConfigurationValue.parse(arguments: settings))
        let output = PredictionOutput(json: json, isStream: inputs == [Self.standardInput])
        if out != nil { output.keepsAll = true }
        if let task = task as? any TextTask {
            try predict(texts: task, inputs, output)
        } else {
            try predict(files: task, inputs, output)
        }
        try output.finish()
        guard let out else { return }
        let predictions = output.kept
        try AtomicDirectory.write(to: out) { folder in
            try AtomicFile.write(
                try JSONText.array(predictions) + "\n", to: folder.file("predictions.json"))
            for (path, text) in try task.files(of: predictions) {
                try folder.makeFolder(FilePath.folder(of: path))
                try folder.write(text, as: path)
            }
            try folder.write(task.pictures(of: predictions))
        }
    }

    private func predict<T: MartletPipeline.Task>(
        files task: T, _ inputs: [String], _ output: PredictionOutput
    ) throws {
        guard texts.isEmpty && !inputs.contains(Self.standardInput) else {
            throw ConfigurationError([
                "predict: the task \(T.name) reads files, no texts: leave out "
                    + (texts.isEmpty ? "-" : "--text")
            ])
        }
        let paths = try InputFiles.expand(inputs, extensions: T.inputExtensions)
        let context = Context.inference(precision: task.options.precision)
        let progress = ProgressLine("predicting", total: paths.count, unit: "files")
        for first in stride(from: 0, to: paths.count, by: Self.filesAtOnce) {
            let next = Array(paths[first...].prefix(Self.filesAtOnce))
            // A file may give several: a table one for each row.
            try output.add(try task.predict(next, context))
            if output.showsProgress { progress.update(first + next.count) }
        }
        progress.finish()
    }

    private func predict<T: TextTask>(
        texts task: T, _ inputs: [String], _ output: PredictionOutput
    ) throws {
        let context = Context.inference(precision: task.options.precision)
        var given = texts.map { TextInput($0, source: "--text") }
        for input in inputs where input != Self.standardInput {
            let paths = try InputFiles.expand(
                [input], extensions: T.inputExtensions, hint: "; texts are given with --text")
            for path in paths {
                given += try task.texts(in: path)
            }
        }
        let progress = ProgressLine("predicting", total: given.count, unit: "texts")
        for first in stride(from: 0, to: given.count, by: Self.textsAtOnce) {
            let next = Array(given[first...].prefix(Self.textsAtOnce))
            try output.add(try task.predict(texts: next, context))
            if output.showsProgress { progress.update(first + next.count) }
        }
        progress.finish()
        guard inputs.contains(Self.standardInput) else { return }
        let lines = StandardInputLines(atMost: Self.textsAtOnce)
        while let next = try lines.next() {
            try output.add(try task.predict(texts: next, context))
        }
    }
}

/// Where predictions go: on standard output as they come, and into a list where that is wanted.
private final class PredictionOutput {
    let json: Bool
    let isStream: Bool
    var keepsAll = false
    private(set) var kept: [any Prediction] = []
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    init(json: Bool, isStream: Bool) {
        self.json = json
        self.isStream = isStream
    }

    /// Lines that appear on a terminal are progress enough.
    var showsProgress: Bool { json || !isTerminal }

    func add(_ predictions: [any Prediction]) throws {
        if keepsAll || json && !isStream { kept += predictions }
        if json {
            if isStream { for one in predictions { try Output.line(try JSONText.line(one)) } }
        } else if !predictions.isEmpty {
            let lines = predictions.map { isTerminal ? $0.colouredLine : $0.line }
            try Output.line(lines.joined(separator: "\n"))
        }
    }

    func finish() throws {
        if json && !isStream { try Output.line(try JSONText.array(kept)) }
    }
}

/// The lines of standard input, as many as have arrived, so that what is typed is answered at once.
private final class StandardInputLines {
    private static let longest = 1 << 28
    private let most: Int
    private var buffer: [UInt8] = []
    /// Up to where the buffer was searched for an end of line.
    private var searched = 0
    private var lines: [TextInput] = []
    private var number = 0
    private var isAtEnd = false
    /// What is wrong with the line after those in `lines`.
    private var failure: DataError?

    init(atMost most: Int) { self.most = most }

    /// Some lines; nil at the end.
    ///
    /// - Throws: `DataError` for a line that is no UTF-8, after all lines before it, and when there is nothing to read.
    func next() throws -> [TextInput]? {
        while lines.isEmpty && !isAtEnd && failure == nil {
            do throws(DataError) { try read() } catch { failure = error }
        }
        guard !lines.isEmpty else {
            if let failure { throw failure }
            return nil
        }
        defer { lines.removeFirst(min(most, lines.count)) }
        return Array(lines.prefix(most))
    }

    private func read() throws(DataError) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = Foundation.read(STDIN_FILENO, &chunk, chunk.count)
        if count < 0 {
            if errno == EINTR { return }
            throw DataError(
                path: "standard input", problem: "cannot read: \(String(cString: strerror(errno)))")
        }
        buffer += chunk[..<count]
        if count == 0 {
            isAtEnd = true
            if !buffer.isEmpty { try add(buffer[...]) }
            return
        }
        var start = 0
        while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            try add(buffer[start..<end])
            start = end + 1
            searched = start
        }
        buffer.removeFirst(start)
        searched = buffer.count
        guard buffer.count <= Self.longest else {
            throw DataError(
                path: "standard input", place: "line \(number + 1)",
                problem: "the line has more than \(Self.longest) bytes", expected: "a shorter one")
        }
    }

    private func add(_ line: ArraySlice<UInt8>) throws(DataError) {
        number += 1
        guard let text = String(validating: line, as: UTF8.self) else {
            throw DataError(
                path: "standard input", place: "line \(number)",
                problem: "there are bytes that are no UTF-8", expected: "UTF-8 text")
        }
        lines.append(TextInput(TextLines.trimmed(text), source: "line \(number)"))
    }
}
