import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletNN
import MartletTesting
import MartletVision
import Testing

/// A detector as its user meets it: trained, judged, applied and exported from the command line.
@Suite struct DetectionCommandTests {
    private func withDetector(
        _ words: [String], _ body: (_ folder: String, _ data: String) throws -> Void
    ) throws {
        try withFolder { folder in
            let data = folder + "/data"
            try writeScenes(data)
            let settings = ["data=data", "image.size=64", "augment.crop=0"] + words
            let training = try Martlet.start(
                ["train", "detection", "--out", "run"] + settings, in: folder
            ).finish()
            #expect(training.code == 0, "\(training.errors)")
            try body(folder, data)
        }
    }

    private func figures(_ text: String) throws -> [String: Double] {
        let values = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(values as? [String: Any]).compactMapValues { $0 as? Double }
    }

    @Test("what predict writes is judged as the model itself is, and read as VOC's and YOLO's form")
    func predictionsAreReadByOthers() throws {
        try withDetector(["epochs=12"]) { folder, data in
            let inputs = (25...32).map { "data/JPEGImages/\($0).png" }
            let prediction = try Martlet.start(
                ["predict", "run"] + inputs + ["detect.score=0.01", "--out", "seen"], in: folder
            ).finish()
            #expect(prediction.code == 0, "\(prediction.errors)")
            let own = try Martlet.run("evaluate", "run", "--json", in: folder)
            let results = try Martlet.run(
                "evaluate", "detection", "--pred", "seen/results.json", "--truth", "data", "--json",
                in: folder)
            #expect(results.code == 0, "\(results.errors)")
            let (expected, found) = (try figures(own.output), try figures(results.output))
            for name in ["mAP", "mAP_50", "AR_100", "VOC_2012"] {
                let (a, b) = (try #require(expected[name]), try #require(found[name]))
                #expect(abs(a - b) < 1e-6 && a > 0, "\(name): \(a) and \(b)")
            }

            var problems: [AnnotationProblem] = []
            let annotation = try VOCAnnotation(
                path: folder + "/seen/Annotations/25.xml", problems: &problems)
            #expect(problems.allSatisfy { $0.kind != .box } && !annotation.objects.isEmpty)
            let lines = try String(
                contentsOfFile: folder + "/seen/labels/25.txt", encoding: .utf8
            ).split(separator: "\n")
            #expect(lines.count == annotation.objects.count)
            for (line, object) in zip(lines, annotation.objects) {
                let columns = line.split(separator: " ").compactMap { Double($0) }
                #expect(columns.count == 6)
                #expect(object.name == ["green", "red"][Int(columns[0])])
                let middle = (object.box.x + object.box.right) / 2 / 64
                #expect(abs(columns[1] - middle) < 1e-5)
                #expect((0.01...1).contains(columns[5]))
            }
        }
    }

    @Test func settingsReachPredictionAndExport() throws {
        let changes = [
            "epochs=6", "augment.mosaic=0.5", "augment.iouCrop=0.5", "augment.zoomOut=0.5",
            "image.fit=letterbox",
        ]
        try withDetector(changes) { folder, _ in
            let image = "data/JPEGImages/25.png"
            let sure = try Martlet.run(
                "predict", "run", image, "detect.score=0.99", in: folder)
            #expect(sure.output == "\(image): nothing\n", "\(sure.errors)")
            let wrong = try Martlet.run("predict", "run", image, "detect.scor=1", in: folder)
            #expect(wrong.code == 2 && wrong.errors.contains("did you mean \"detect.score\"?"))
            let nothing = try Martlet.run("predict", "run", "detect.score=1", in: folder)
            #expect(nothing.code == 2 && nothing.errors.contains("expected files"))
            let larger = try Martlet.run("evaluate", "run", "image.size=96", in: folder)
            #expect(larger.code == 0, "\(larger.errors)")
            // A model file that says its images are grey, which no detector takes.
            let model = try Safetensors.read(folder + "/run/best/model.safetensors")
            var metadata = model.metadata
            let own = Data(try #require(metadata["martlet.task.metadata"]).utf8)
            var entries = try JSONDecoder().decode([String: String].self, from: own)
            entries["preprocessing"] = #"{"channels": 1, "mean": [0], "std": [1]}"#
            let changed = try JSONEncoder().encode(entries)
            metadata["martlet.task.metadata"] = String(decoding: changed, as: UTF8.self)
            try Safetensors.write(
                model.tensors, metadata: metadata, to: folder + "/grey.safetensors")
            let grey = try Martlet.run("predict", "grey.safetensors", image, in: folder)
            #expect(
                grey.code == 4 && grey.errors.contains("a preprocessing of 1 channels"),
                "\(grey.errors)")
            let export = try Martlet.run(
                "export", "run", "detect.score=0.5", "--format", "onnx", in: folder)
            #expect(export.code == 0, "\(export.errors)")
        }
    }

    @Test func whatCannotBeExportedIsRefusedByName() throws {
        try withDetector(["model=faster-rcnn", "epochs=1"]) { folder, _ in
            let export = try Martlet.run("export", "run", "--format", "onnx", in: folder)
            #expect(export.code != 0 && export.errors.contains("Faster R-CNN cannot be exported"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/model.onnx"))
        }
    }

    @Test func imagesOfBothPartsAreWarnedOf() throws {
        try withFolder { folder in
            try writeScenes(folder + "/data")
            let images = folder + "/data/JPEGImages"
            try FileManager.default.removeItem(atPath: images + "/30.png")
            try FileManager.default.copyItem(atPath: images + "/3.png", toPath: images + "/30.png")
            let training = try Martlet.run(
                "train", "detection", "data=data", "image.size=64", "epochs=1", "--out", "run",
                in: folder)
            #expect(
                training.errors.contains("1 of the 8 images to evaluate on are also trained on"),
                "\(training.errors)")
        }
    }

    @Test func aBackboneStartsFromAClassifiersWeights() throws {
        try withFolder { folder in
            try writeScenes(folder + "/data")
            let classifier = ImageNetResNet18(classes: 5)
            classifier.initialize(Generator(seed: 1))
            try PTH.write(classifier.stateDict(), to: folder + "/resnet18.pth")
            let training = try Martlet.run(
                "train", "detection", "data=data", "model=retinanet", "image.size=64", "epochs=1",
                "weights=resnet18.pth", "--out", "run", in: folder)
            #expect(training.code == 0, "\(training.errors)")
            #expect(
                training.errors.contains(
                    "resnet18.pth: its names are read with backbone.body. before them"),
                "\(training.errors)")
            #expect(training.errors.contains("resnet18.pth: loaded 120 tensors"))
        }
    }
}
