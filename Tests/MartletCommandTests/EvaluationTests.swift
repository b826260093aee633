import Foundation
import MartletTesting
import Testing

@Suite struct EvaluationTests {
    @Test("the metrics of an epoch are those of all samples at once: accuracy, macro F1 and loss")
    func metricsAddUp() throws {
        try withFolder { folder in
            // 280 samples are evaluated in batches of 250 and 30.
            try writeClassFolders(folder + "/data", perClass: 140)
            let train = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=1", "batch=64",
                "lr=2e-5", "schedule.name=constant", "--out", "run", in: folder)
            #expect(train.code == 0, "\(train.errors)")
            let text = try String(contentsOfFile: folder + "/run/log.jsonl", encoding: .utf8)
            let record = try #require(
                JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Double])
            let table = try String(contentsOfFile: folder + "/run/predictions.csv", encoding: .utf8)
            let rows = table.split(whereSeparator: \.isNewline).map { $0.split(separator: ",") }
            #expect(rows[0] == ["id", "accuracy", "truth", "prediction", "probability"])
            #expect(rows.count == 281)
            var (loss, right) = (0.0, 0.0)
            var counts: [Substring: (hits: Double, truths: Double, claims: Double)] = [
                "dark": (0, 0, 0), "light": (0, 0, 0),
            ]
            for row in rows.dropFirst() {
                let (truth, claim) = (row[2], row[3])
                let probability = try #require(Double(row[4]))
                // Of two classes the other one has the rest.
                loss -= Foundation.log(truth == claim ? probability : 1 - probability)
                right += truth == claim ? 1 : 0
                counts[truth]?.truths += 1
                counts[claim]?.claims += 1
                if truth == claim { counts[truth]?.hits += 1 }
            }
            let f1 = counts.values.map { count in
                count.hits == 0 ? 0 : 2 * count.hits / (count.truths + count.claims)
            }
            #expect(record["val_accuracy"] == right / 280)
            #expect(abs(try #require(record["val_macroF1"]) - (f1[0] + f1[1]) / 2) < 1e-12)
            #expect(abs(try #require(record["val_loss"]) - loss / 280) < 1e-5)
        }
    }
}
