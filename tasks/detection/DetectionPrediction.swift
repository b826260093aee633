internal import Foundation
internal import MartletData
public import MartletMetrics
public import MartletNN
public import MartletPipeline
public import MartletVision

/// What was found in one image, the surest first.
public struct DetectionPrediction: Prediction {
    /// A thing that was found.
    public struct Object: Encodable, Sendable {
        /// Its class.
        public let label: String
        /// 0 to 1.
        public let score: Float
        /// In pixels of the image.
        public let box: Box

        /// `label`, `score` and `bbox`: x, y, width and height, as COCO has it.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(label, forKey: .label)
            try container.encode(score, forKey: .score)
            try container.encode([box.x, box.y, box.width, box.height], forKey: .bbox)
        }

        private enum Key: String, CodingKey { case label, score, bbox }
    }

    public let input: String
    /// The image's height and width in pixels.
    public let size: ImageSize
    public let objects: [Object]

    /// `input`, `height`, `width` and `objects`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(input, forKey: .input)
        try container.encode(size.height, forKey: .height)
        try container.encode(size.width, forKey: .width)
        try container.encode(objects, forKey: .objects)
    }

    private enum Key: String, CodingKey { case input, height, width, objects }

    public var line: String {
        let names = Dictionary(grouping: objects, by: \.label).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) \($0.key)" }
        return "\(input): \(names.isEmpty ? "nothing" : names.joined(separator: ", "))"
    }

    static func words(_ label: String, _ score: Double) -> String {
        "\(label) \(Int((score * 100).rounded()))%"
    }
}

extension DetectionTask {
    public func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction] {
        try inputs.map { path in
            let image = try Image(path: path, channels: preprocessing.channels)
            return DetectionPrediction(
                input: path, size: image.size,
                objects: find(in: image, context).map {
                    .init(label: classes[$0.label], score: Float($0.score), box: $0.box)
                })
        }
    }

    /// What there is in an image, in its pixels, the surest first.
    private func find(in image: Image, _ context: Context) -> [Detection] {
        let selection = selection(score: options.detect.score)
        let tiles = Tiles(of: image.size, side: options.detect.tile)
        let found = tiles.rects.map { rect in
            let tile = tiles.rects.count == 1 ? image : image.cropped(rect)
            let objects = detector.detect(preprocessing.batch([tile]), selection, context)[0]
            return objects.detections(in: tile.size, preprocessing).map { thing in
                var thing = thing
                thing.box.x += Double(rect.left)
                thing.box.y += Double(rect.top)
                return thing
            }
        }
        return tiles.merged(found, selection)
    }

    /// Each image with its boxes, in the order of inputs: the first hundred, as all are in memory at once.
    public func pictures(of predictions: [any Prediction]) throws -> [Picture] {
        if predictions.count > Self.picturesAtMost {
            Log.info("boxes are drawn on the first \(Self.picturesAtMost) images only")
        }
        return try named(predictions).prefix(Self.picturesAtMost).map { name, prediction in
            let image = try Image(path: prediction.input, channels: 3)
            let boxes = prediction.objects.reversed().map { object in
                LabelledBox(
                    object.box, DetectionPrediction.words(object.label, Double(object.score)),
                    .ofClass(label(of: object)))
            }
            return Picture(name, image.drawing(boxes))
        }
    }

    private static let picturesAtMost = 100

    /// All results as COCO has them, and for each image an annotation of Pascal VOC's form and a file of labels of YOLO's.
    public func files(of predictions: [any Prediction]) throws -> [(path: String, text: String)] {
        var results: [ResultEntry] = []
        var files: [(path: String, text: String)] = []
        for (name, prediction) in named(predictions) {
            results += prediction.objects.map {
                ResultEntry(image: name, category: label(of: $0) + 1, object: $0)
            }
            let annotation = VOCAnnotation(
                filename: FilePath.name(of: prediction.input), size: prediction.size,
                objects: prediction.objects.map { AnnotatedObject(name: $0.label, box: $0.box) })
            files.append(("Annotations/\(name).xml", annotation.xml))
            let lines = prediction.objects.map {
                $0.box.yoloText(
                    label: label(of: $0), in: prediction.size, score: Double($0.score)) + "\n"
            }
            files.append(("labels/\(name).txt", lines.joined()))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try results.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        return [("results.json", "[" + lines.joined(separator: ",\n") + "]\n")] + files
    }

    private func label(of object: DetectionPrediction.Object) -> Int {
        classes.firstIndex(of: object.label) ?? 0
    }

    /// Predictions with the names of their files, without endings, numbered where two are the same.
    private func named(_ predictions: [any Prediction]) -> [(
        name: String, prediction: DetectionPrediction
    )] {
        var taken: Set<String> = []
        return predictions.compactMap { $0 as? DetectionPrediction }.map { prediction in
            let name = FilePath.stem(of: FilePath.name(of: prediction.input))
            var unique = name
            var number = 1
            while !taken.insert(unique).inserted {
                number += 1
                unique = "\(name)-\(number)"
            }
            return (unique, prediction)
        }
    }
}

/// A result as COCO has it.
private struct ResultEntry: Encodable {
    /// The image's name without its ending; a number where it is one, as COCO's are.
    let image: String
    let category: Int
    let object: DetectionPrediction.Object

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if let number = Int(image) {
            try container.encode(number, forKey: .image)
        } else {
            try container.encode(image, forKey: .image)
        }
        try container.encode(category, forKey: .category)
        let box = object.box
        try container.encode([box.x, box.y, box.width, box.height], forKey: .box)
        try container.encode(object.score, forKey: .score)
    }

    private enum Key: String, CodingKey {
        case image = "image_id"
        case category = "category_id"
        case box = "bbox"
        case score
    }
}
