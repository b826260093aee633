import DetectionTask
import Foundation
import Martlet
import MartletConformance
import MartletData
import MartletMetrics
import MartletNN
import MartletPipeline
import MartletVision
import Testing

/// What every task promises, of object detection.
@Suite struct DetectionConformanceTests {
    private func withKit(
        _ words: [String] = ["epochs=2"],
        _ body: (_ kit: ConformanceKit<DetectionTask>, _ data: String) throws -> Void
    ) throws {
        try withFolder { folder in
            let data = folder + "/data"
            try writeScenes(data)
            try body(
                ConformanceKit(
                    ["data=\(data)", "image.size=64", "batch=8", "augment.crop=0"] + words), data)
        }
    }

    @Test func overfits() throws {
        try withKit { kit, _ in
            try kit.overfits("epochs=70", "augment.flip=false", below: 0.3)
        }
    }

    @Test("D5: an interrupted and resumed detector ends as an uninterrupted one")
    func resumesExactly() throws {
        try withKit { kit, _ in try kit.resumesExactly("augment.crop=0.5", "augment.color=0.2") }
    }

    @Test("what is found in an image does not depend on the images beside it")
    func predictsEachAlone() throws {
        try withKit(["epochs=12", "detect.score=0.1"]) { kit, data in
            try kit.predictsEachAlone((25...28).map { "\(data)/JPEGImages/\($0).png" })
        }
    }

    @Test(
        "boxes, labels and scores of the ONNX file, at several batch and image sizes",
        arguments: ["ssd", "retinanet", "fcos"])
    func exportsItsNetwork(model: String) throws {
        let epochs = model == "ssd" ? 25 : 4
        let words = ["epochs=\(epochs)", "detect.score=0.2", "model=\(model)"]
        try withKit(words) { kit, data in
            var found = 0
            try kit.exportsItsNetwork(tolerance: 1e-3) { batch, shape in
                let size = ImageSize(height: shape[2], width: shape[3])
                found += 1
                let images = try (0..<batch).map {
                    Resize(.exactly(size))(try Image(path: "\(data)/JPEGImages/\(25 + $0).png"))
                }
                return Image.batch(images, .imageNet).contiguous()
            }
            #expect(found == 6)
        }
    }

    @Test("damaged images are refused by name, or predicted for")
    func refusesDamagedInputs() throws {
        try withKit { kit, data in
            try kit.refusesDamagedInputs(
                [data + "/JPEGImages/25.png", data + "/JPEGImages/26.png"],
                words: ["IHDR", "IDAT", "IEND", "PLTE"])
        }
    }

    @Test("B6: damaged images are left out where that is allowed, and listed")
    func skipsDamagedSamples() throws {
        try withKit { kit, _ in
            try kit.skipsDamagedSamples([
                "JPEGImages/1.png", "JPEGImages/8.png", "JPEGImages/24.png", "JPEGImages/25.png",
            ])
        }
    }
}

/// Dark images of 64 pixels with one or two light boxes, red or green, as Pascal VOC has its data: 24 to train on, 8 to
/// evaluate on; one has nothing to be found.
func writeScenes(_ folder: String) throws {
    for name in ["JPEGImages", "Annotations", "ImageSets/Main"] {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    let generator = Generator(seed: 9)
    for number in 1...32 {
        var random = generator.stream("scene", number)
        var image = Image(height: 64, width: 64, fill: Color(grey: 30))
        let objects = (0..<(number == 7 ? 0 : 1 + number % 2)).map { place in
            let (width, height) = (random.integer(in: 14..<28), random.integer(in: 14..<28))
            let rect = PixelRect(
                top: random.integer(in: 0..<64 - height),
                left: place * 32 + random.integer(in: 0..<4), height: height, width: width)
            let isRed = random.bernoulli(0.5)
            image.fill(rect, isRed ? .red : .green)
            return AnnotatedObject(
                name: isRed ? "red" : "green",
                box: Box(
                    x: Double(rect.left), y: Double(rect.top), width: Double(width),
                    height: Double(height)))
        }
        try image.pngData().write(to: URL(fileURLWithPath: "\(folder)/JPEGImages/\(number).png"))
        let annotation = VOCAnnotation(
            filename: "\(number).png", size: image.size, objects: objects)
        try Data(annotation.xml.utf8).write(
            to: URL(fileURLWithPath: "\(folder)/Annotations/\(number).xml"))
    }
    for (part, numbers) in [("train", 1...24), ("val", 25...32)] {
        try Data(numbers.map { "\($0)\n" }.joined().utf8).write(
            to: URL(fileURLWithPath: "\(folder)/ImageSets/Main/\(part).txt"))
    }
}
