/// The Swift files of a new task, with `@Name@` for its type's name and `@name@` for its own.
enum TaskTemplate {
    static let task = #"""
        /// The settings beyond those of every task.
        public final class @Name@Options: TaskSettings {
            @Setting("points to train on", in: 10...10_000_000) public var points = 2000
            @Setting("units of the hidden layer", in: 1...100_000) public var hidden = 64

            public required init() {}
        }

        /// Tells points inside a ring from points outside.
        public final class @Name@Task: MartletPipeline.Task {
            public static let name = "@name@"
            public static let summary = "points inside a ring, and points outside"
            public static let inputExtensions: Set<String> = ["txt"]
            static let classes = ["outside", "inside"]

            /// Points `(N, 2)` with their classes `(N)`.
            public struct Batch: Sendable {
                let points: Tensor
                let labels: Tensor
            }

            public let options: @Name@Options
            private let layers: Sequential

            public init(training options: @Name@Options) throws {
                // What is left to `auto` is settled here; a task with data looks at them first.
                options.epochs = options.epochs ?? 20
                options.batch = options.batch ?? 50
                options.lr = options.lr ?? 0.03
                options.schedule.name = options.schedule.name ?? .cosine
                self.options = options
                layers = @Name@Task.makeNetwork(options)
            }

            public init(options: @Name@Options, metadata: [String: String]) throws {
                self.options = options
                layers = @Name@Task.makeNetwork(options)
            }

            private static func makeNetwork(_ options: @Name@Options) -> Sequential {
                Sequential(
                    Linear(2, options.hidden), ReLU(), Linear(options.hidden, classes.count))
            }

            public var network: any Module { layers }
            public var metadata: [String: String] { [:] }
            public var dataDescription: String? { "\(options.points) points drawn at random" }

            public func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch> {
                batches(.training, order: .shuffled).epoch(epoch, from: first)
            }

            public func evaluationBatches() throws -> Batches<Batch> {
                batches(.evaluation, order: .sequential).epoch(0)
            }

            private func batches(_ part: @Name@Data.Part, order: DataLoader<@Name@Data, Batch>.Order)
                -> DataLoader<@Name@Data, Batch>
            {
                let seed = Generator(seed: UInt64(options.seed))
                return DataLoader(
                    @Name@Data(part, count: options.points, seed), batchSize: options.batch ?? 50,
                    order: order, workers: options.training.workers, generator: seed
                ) { samples in
                    Batch(
                        points: Tensor.stack(samples.map { Tensor([$0.x, $0.y]) }),
                        labels: Tensor(samples.map(\.label)))
                }
            }

            public func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
                Loss(crossEntropy(layers(batch.points, context), batch.labels), count: batch.labels.count)
            }

            public func makeEvaluation() -> @Name@Evaluation { @Name@Evaluation() }

            public func evaluate(
                _ batch: Batch, into evaluation: inout @Name@Evaluation, _ context: Context
            ) {
                evaluation.metrics.update(
                    logits: layers(batch.points, context).to(.float32), labels: batch.labels)
            }

            public func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction] {
                let points = try inputs.map(@Name@Data.point)
                let probabilities = noGrad { layers(Tensor.stack(points), context).softmax(dim: 1) }
                return inputs.enumerated().map { row, input in
                    @Name@Prediction(
                        input: input, inside: probabilities[row].array(as: Float.self)[1])
                }
            }

            public func pictures(of predictions: [any Prediction]) -> [Picture] { [] }

            public var exportForm: ExportForm {
                ExportForm(layers, inputShape: [1, 2], outputName: "logits")
            }
        }

        /// How often the task is right.
        public struct @Name@Evaluation: TaskEvaluation {
            public static var monitor: MetricInfo { MetricInfo(name: "accuracy", higherIsBetter: true) }

            var metrics = ClassificationMetrics(classes: @Name@Task.classes)

            public var values: [(name: String, value: Double)] {
                [
                    ("loss", metrics.loss), ("accuracy", metrics.accuracy),
                    ("n", Double(metrics.count)),
                ]
            }
            public var report: String { "\(metrics)" }
        }

        /// How probable it is that a point lies inside.
        public struct @Name@Prediction: Prediction {
            public let input: String
            public let inside: Float

            public var line: String { "\(input): inside \(inside)" }
        }
        """#

    static let data = #"""
        /// Points in the square from -1 to 1, drawn at random, and whether they lie inside a ring. Every point depends
        /// on the seed, its part and its place alone.
        struct @Name@Data: Dataset {
            enum Part: String { case training, evaluation }

            struct Sample: Sendable {
                let x: Float
                let y: Float
                /// 1 inside the ring, 0 outside.
                let label: Int
            }

            let count: Int
            private let generator: Generator

            init(_ part: Part, count: Int, _ generator: Generator) {
                self.count = count
                self.generator = generator.stream(part.rawValue)
            }

            /// - Parameter generator: for random changes to a sample; these have none.
            func element(at index: Int, generator: inout Generator) -> Sample {
                var own = self.generator.stream("point", index)
                let (x, y) = (own.uniform(-1, 1), own.uniform(-1, 1))
                let radius = (x * x + y * y).squareRoot()
                return Sample(x: Float(x), y: Float(y), label: (0.4...0.8).contains(radius) ? 1 : 0)
            }

            /// The point `(2)` that a file holds as two numbers.
            static func point(_ path: String) throws -> Tensor {
                guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                    throw DataError(path: path, problem: "it cannot be read as text")
                }
                let words = text.split { $0.isWhitespace }
                let numbers = words.compactMap { Float($0) }.filter(\.isFinite)
                guard words.count == 2, numbers.count == 2 else {
                    throw DataError(
                        path: path, problem: "\(words.count) words", expected: "two numbers, x and y")
                }
                return Tensor(numbers)
            }
        }
        """#

    static let conformance = #"""
        /// What every task promises. These checks stay as they are: only settings and inputs are the task's own.
        @Suite struct ConformanceTests {
            /// A training that takes a second.
            let kit = ConformanceKit<@Name@Task>("points=200", "epochs=3")

            @Test func overfits() throws {
                try kit.overfits("epochs=300", "batch=10", "schedule.name=constant")
            }

            @Test func resumesExactly() throws { try kit.resumesExactly() }

            @Test func predictsEachAlone() throws {
                try withPoints { try kit.predictsEachAlone($0) }
            }

            @Test func exportsItsNetwork() throws { try kit.exportsItsNetwork() }

            @Test func refusesDamagedInputs() throws {
                try withPoints { try kit.refusesDamagedInputs($0, words: ["1e400", "nan", "-"]) }
            }

            // A task that reads samples from files also calls kit.skipsDamagedSamples.

            private func withPoints(_ body: ([String]) throws -> Void) throws {
                let folder = NSTemporaryDirectory() + "@name@-\(UUID())"
                defer { try? FileManager.default.removeItem(atPath: folder) }
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                let paths = ["0 0", "0.5 0.3", "-0.25 0.75"].enumerated().map { number, text in
                    (text, "\(folder)/\(number).txt")
                }
                for (text, path) in paths {
                    try text.write(toFile: path, atomically: true, encoding: .utf8)
                }
                try body(paths.map(\.1))
            }
        }
        """#

    static let tests = #"""
        @testable import @Name@Task

        @Suite struct @Name@TaskTests {
            @Test func itLearns() throws {
                let path = NSTemporaryDirectory() + "@name@-\(UUID())"
                defer { try? FileManager.default.removeItem(atPath: path) }
                try Trainer(@Name@Task(training: @Name@Options()), out: path).run()
                let trained = try ModelFile(path).makeTask(@Name@Task.self)
                let evaluation = try Evaluator.evaluate(trained, title: "evaluating")
                let accuracy = try #require(evaluation.values.first { $0.name == "accuracy" })
                #expect(accuracy.value > 0.9)
            }

            @Test func aFileWithoutAPointIsRefused() throws {
                let path = NSTemporaryDirectory() + "@name@-\(UUID()).txt"
                defer { try? FileManager.default.removeItem(atPath: path) }
                try "0.5 -0.25\n".write(toFile: path, atomically: true, encoding: .utf8)
                expectClose(try @Name@Data.point(path), Tensor([0.5, -0.25] as [Float]))
                for text in ["", "1", "1 x", "1 2 3", "nan 1"] {
                    try text.write(toFile: path, atomically: true, encoding: .utf8)
                    #expect(throws: DataError.self) { try @Name@Data.point(path) }
                }
            }
        }
        """#
}
