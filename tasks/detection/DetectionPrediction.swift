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
            let size = preprocessing.outputSize ?? tile.size
            let objects = detector.detect(preprocessing.batch([tile]), selection, context)[0]
            return objects.detections(Scale(from: size, to: tile.size)).map { thing in
                var thing = thing
                thing.box.x += Double(rect.left)
                thing.box.y += Double(rect.top)
                return thing
            }
        }
        return tiles.merged(found, selection)
    }

    /// Each image with its boxes, in the order of inputs.
    public func pictures(of predictions: [any Prediction]) throws -> [Picture] {
        var taken: Set<String> = []
        return try predictions.compactMap { $0 as? DetectionPrediction }.prefix(Self.picturesAtMost)
            .map { prediction in
                let image = try Image(path: prediction.input, channels: 3)
                let boxes = prediction.objects.reversed().map { object in
                    LabelledBox(
                        object.box, DetectionPrediction.words(object.label, Double(object.score)),
                        .ofClass(classes.firstIndex(of: object.label) ?? 0))
                }
                let name = FilePath.stem(of: FilePath.name(of: prediction.input))
                var unique = name
                var number = 1
                while !taken.insert(unique).inserted {
                    number += 1
                    unique = "\(name)-\(number)"
                }
                return Picture(unique, image.drawing(boxes))
            }
    }

    private static let picturesAtMost = 1000
}
