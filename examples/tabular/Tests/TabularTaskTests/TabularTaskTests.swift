import Foundation
import MartletData
import MartletPipeline
import MartletTesting
import TabularTask
import Testing

/// Tables, mistakes in them, and what is measured.
@Suite struct TabularTaskTests {
    private static let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

    @Test func whatIsPredictedIsChosenByTheTable() throws {
        let housing = try TabularData(options("data=\(Tables.housing)"))
        #expect(housing.target == "MEDV" && housing.classes.isEmpty)
        #expect(housing.features.count == 12 && housing.rows.count == 506)
        let diabetes = try TabularData(options("data=\(Tables.diabetes)"))
        #expect(diabetes.target == "Outcome" && diabetes.classes == ["0", "1"])
        let other = try TabularData(options("data=\(Tables.housing)", "target=CHAS"))
        #expect(other.classes == ["0", "1"] && other.features.last == "MEDV")
        let number = try TabularData(
            options("data=\(Tables.housing)", "target=4", "kind=regression"))
        #expect(number.target == "CHAS" && number.classes.isEmpty)
    }

    @Test func foldsHoldEveryRowOnce() throws {
        let data = try TabularData(options("data=\(Tables.diabetes)"))
        let parts = (0..<5).map { data.split(fold: $0, of: 5, seed: 3) }
        #expect(parts.flatMap(\.validation).sorted() == Array(0..<768))
        for (training, validation) in parts {
            #expect((training + validation).sorted() == Array(0..<768))
            #expect([153, 154].contains(validation.count))
        }
    }

    @Test(arguments: [
        (3, "1,2", "line 3: the row has 2 fields; expected 3"),
        (4, "1,x,2", "line 4: column \"b\" has \"x\"; expected a number"),
        (5, "1,2,", "line 5: column \"y\" has \"\"; expected a number"),
        (6, "1,nan,2", "line 6: column \"b\" has \"nan\"; expected a number"),
        (2, "\"1,2,3", "line 2: a quote is opened and never closed; expected a closing quote"),
    ])
    func mistakesAreNamedByTheirLine(_ line: Int, _ text: String, _ expected: String) throws {
        try withFolder { folder in
            let path = folder + "/t.csv"
            var table = ["a,b,y"] + (0..<30).map { "\($0),\($0 * 2),\(Double($0) * 0.5)" }
            table[line - 1] = text
            try write(table, to: path)
            let error = #expect(throws: DataError.self) { try TabularData(options("data=\(path)")) }
            #expect(error?.description == "\(path): \(expected)")
            let skipping = try TabularData(
                options("data=\(path)", "samples.onBad=skip", "samples.maxBad=0.05"))
            #expect(skipping.skipped?.list.map(\.sample) == ["\(path): line \(line)"])
            #expect(skipping.rows.count == 29)
            let more = #expect(throws: TooManySkipped.self) {
                try TabularData(
                    options("data=\(path)", "samples.onBad=skip", "samples.maxBad=0.01"))
            }
            #expect(more?.description.contains("1 of 30 samples cannot be read") == true)
        }
    }

    @Test func aMissingColumnIsNamed() throws {
        try withFolder { folder in
            let path = folder + "/t.csv"
            try write(["Glucose,Age", "1,2"], to: path)
            let error = #expect(throws: DataError.self) {
                try TabularData.features(["Glucose", "Agee"], of: path)
            }
            #expect(error?.description.hasPrefix("\(path): line 1: there is no column") == true)
            #expect(error?.description.contains("did you mean \"Age\"?") == true)
            #expect(throws: DataError.self) {
                try TabularData(options("data=\(Tables.housing)", "target=MEDW"))
            }
        }
    }

    @Test func crossValidationMeasuresEveryRow() throws {
        try withFolder { folder in
            let out = folder + "/folds"
            let result = try CrossValidation(
                ["data=\(Tables.diabetes)", "folds=3", "epochs=5"], out: out)
            #expect(result.folds.count == 3)
            let counts = result.folds.compactMap { $0.first { $0.name == "n" }?.value }
            #expect(counts == [256, 256, 256])
            for fold in result.folds {
                #expect(fold.first { $0.name == "rocAUC" }?.value ?? 0 > 0.75)
            }
            #expect(result.report.contains("accuracy\t0."))
            #expect(throws: ConfigurationError.self) {
                try CrossValidation(["data=\(Tables.diabetes)", "epochs=1"], out: out)
            }
        }
    }

    /// Trains on a table and gives the metrics of all its rows with their predictions.
    private func measure(_ table: String) throws -> (
        values: [String: Double], predictions: [RowPrediction]
    ) {
        try withFolder { folder in
            let run = folder + "/run"
            try Trainer(TabularTask(training: options("data=\(table)", "epochs=20")), out: run)
                .run()
            let task = try ModelFile(run).makeTask(TabularTask.self)
            let evaluation = try Evaluator.evaluate(task, title: "evaluating")
            let values = Dictionary(
                uniqueKeysWithValues: evaluation.values.map { ($0.name, $0.value) })
            let predictions = try task.predict([table], .inference)
            return (values, predictions.compactMap { $0 as? RowPrediction })
        }
    }

    private func scikitLearn(_ figures: [String: [Double]]) throws -> [String: Double] {
        try withFolder { folder in
            let path = folder + "/figures.json"
            try JSONEncoder().encode(figures).write(to: URL(fileURLWithPath: path))
            let script =
                URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
                + "/scikit_learn.py"
            let outcome = try Program.run(try #require(Self.python), [script, path])
            try #require(outcome.code == 0, "\(outcome.errors)")
            return try JSONDecoder().decode([String: Double].self, from: Data(outcome.output.utf8))
        }
    }

    @Test(.enabled(if: python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func numbersAreMeasuredAsScikitLearnDoes() throws {
        let data = try TabularData(options("data=\(Tables.housing)"))
        let (values, predictions) = try measure(Tables.housing)
        let expected = try scikitLearn([
            "targets": data.targets,
            "predictions": predictions.compactMap { $0.value }.map(Double.init),
        ])
        #expect(Set(expected.keys) == ["mse", "rmse", "mae", "r2"])
        for (name, value) in expected {
            #expect(abs((values[name] ?? .nan) - value) <= 1e-5 * abs(value), "\(name): \(values)")
        }
        #expect((values["r2"] ?? 0) > 0.8, "\(values)")
    }

    @Test(.enabled(if: python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func classesAreMeasuredAsScikitLearnDoes() throws {
        let data = try TabularData(options("data=\(Tables.diabetes)"))
        let (values, predictions) = try measure(Tables.diabetes)
        let scores = predictions.map { prediction in
            let probability = Double(prediction.probability ?? .nan)
            return prediction.label == "1" ? probability : 1 - probability
        }
        let expected = try scikitLearn(["labels": data.targets, "scores": scores])
        #expect(Set(expected.keys) == ["accuracy", "rocAUC"])
        for (name, value) in expected {
            #expect(abs((values[name] ?? .nan) - value) <= 1e-5, "\(name): \(values)")
        }
        #expect((values["rocAUC"] ?? 0) > 0.8, "\(values)")
    }
}
