import ClassificationTask
import Foundation
import Martlet
import MartletConformance
import MartletNN
import MartletPipeline
import Testing

/// What every task promises, of image classification.
@Suite struct ClassificationConformanceTests {
    private func withKit(
        _ body: (_ kit: ConformanceKit<ClassificationTask>, _ data: String) throws -> Void
    ) throws {
        try withFolder { folder in
            let data = folder + "/data"
            try writeClassFolders(data)
            try body(
                ConformanceKit("data=\(data)", "model=lenet", "batch=8", "epochs=2", "lr=0.003"),
                data)
        }
    }

    @Test func overfits() throws {
        try withKit { kit, _ in try kit.overfits("epochs=60", below: 0.02) }
    }

    @Test("D5: an interrupted and resumed classification ends as an uninterrupted one")
    func resumesExactly() throws {
        try withKit { kit, _ in
            try kit.resumesExactly("augment.flip=true", "augment.cropPadding=2")
        }
    }

    @Test("an image's classes do not depend on the images beside it")
    func predictsEachAlone() throws {
        try withKit { kit, data in
            // Another size as well: images are brought to one.
            try writeClassFolders(data + "-large", perClass: 2, size: 30)
            try kit.predictsEachAlone([
                data + "/test/dark/0.png", data + "-large/test/light/1.png",
                data + "/test/light/5.png", data + "-large/test/dark/0.png",
            ])
        }
    }

    @Test func exportsItsNetwork() throws {
        try withKit { kit, _ in try kit.exportsItsNetwork() }
    }

    @Test("damaged images are refused by name, or predicted for")
    func refusesDamagedInputs() throws {
        try withKit { kit, data in
            try kit.refusesDamagedInputs(
                [data + "/test/dark/0.png", data + "/test/light/5.png"],
                words: ["IHDR", "IDAT", "IEND", "PLTE"])
        }
    }

    @Test("a network that diverged is evaluated without a stop")
    func evaluatesNumbersThatAreNone() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let options = ClassificationOptions()
            try options.apply(
                ConfigurationValue.parse(arguments: ["data=\(folder)/data", "model=lenet"]))
            let task = try ClassificationTask(training: options)
            for parameter in task.network.parameters() {
                parameter.value = parameter.value * Double.nan
            }
            var evaluation = task.makeEvaluation()
            let batches = try task.evaluationBatches()
            while let batch = try batches.next() {
                task.evaluate(batch, into: &evaluation, .inference)
            }
            #expect(!evaluation.pictures.isEmpty)
            let captions = evaluation.galleries.flatMap(\.items).flatMap(\.caption)
            #expect(captions.contains { $0.hasSuffix("undefined") }, "\(captions)")
        }
    }

    @Test("B6: damaged images are skipped and listed, the first and the last among them")
    func skipsDamagedSamples() throws {
        try withKit { kit, _ in
            try kit.skipsDamagedSamples([
                "train/dark/0.png", "train/dark/3.png", "train/dark/5.png", "train/light/0.png",
                "train/light/9.png", "test/dark/0.png", "test/light/2.png",
            ])
        }
    }
}
