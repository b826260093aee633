internal import Foundation
internal import Martlet
internal import MartletNN
public import MartletPipeline
internal import Testing

/// What every task promises, for a task's tests to hold it to: a call a promise.
///
/// ```swift
/// @Suite struct RingConformance {
///     let kit = ConformanceKit<RingTask>("points=200", "batch=20", "epochs=3")
///
///     @Test func overfits() throws { try kit.overfits("lr=0.03") }
///     @Test func resumes() throws { try kit.resumesExactly() }
///     @Test func predicts() throws { try kit.predictsEachAlone(["a.txt", "b.txt", "c.txt"]) }
///     @Test func exports() throws { try kit.exportsItsNetwork() }
///     @Test func refuses() throws { try kit.refusesDamagedInputs(["a.txt", "b.txt"]) }
/// }
/// ```
///
/// A promise that is not kept is an issue at the line of the call, which says what was expected. What a promise needs and
/// fails (data, disk) is thrown.
public struct ConformanceKit<T: MartletPipeline.Task> {
    private let words: [String]

    /// - Parameter words: settings of a training that takes a second, as the command line has them: `data=...`, few
    ///   samples, two epochs or more of several batches.
    public init(_ words: String...) { self.init(words) }

    /// As with words one by one.
    public init(_ words: [String]) { self.words = words }

    /// A task to train, with the kit's settings and then some more.
    func makeTask(_ more: [String] = []) throws -> T { try T(training: options(more)) }

    func options(_ more: [String] = []) throws -> T.Options {
        let options = T.Options()
        // Two calls: the later words may name the same keys again.
        try options.apply(
            ConfigurationValue.parse(arguments: words) + ConfigurationValue.parse(arguments: more))
        return options
    }

    /// A model that the kit's settings trained, built as prediction builds it: from its file.
    func withTrainedTask<R>(_ body: (T) throws -> R) throws -> R {
        try withFolder { folder in
            let run = folder + "/run"
            try Trainer(makeTask(), out: run).run()
            return try body(ModelFile(run).makeTask(T.self))
        }
    }

    func predictions(_ task: T, _ inputs: [String]) throws -> [any Prediction] {
        try task.predict(inputs, .inference(precision: task.options.precision))
    }
}

/// A folder that goes when the closure returns; in memory where the system offers that, as runs sync every file.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
    let path = (memory ? "/dev/shm/" : NSTemporaryDirectory()) + "conformance-\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Records a promise that is not kept.
func broken(_ promise: String, _ message: String, _ place: SourceLocation) {
    Issue.record(Comment(rawValue: "\(promise): \(message)"), sourceLocation: place)
}
