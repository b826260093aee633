internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletDatasets
internal import MartletVision

/// Pictures of one shape each, in any colour, size and place, on a background of another colour with some noise.
enum ShapeSet {
    private static let side = 32
    private static let parts = [("train", 200), ("val", 50)]

    private enum Shape: String, CaseIterable {
        case circle, cross, ring, square, star, triangle

        /// The corners of a polygon around the origin, with the outermost at a distance of 1; nil for round shapes.
        var corners: [Point]? {
            switch self {
            case .circle, .ring: nil
            case .square: Shape.polygon(4)
            case .triangle: Shape.polygon(3)
            case .star:
                Shape.polygon(10).enumerated().map { number, corner in
                    number % 2 == 0 ? corner : Point(x: corner.x * 0.42, y: corner.y * 0.42)
                }
            case .cross:
                [
                    (-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1), (1, 3), (-1, 3), (-1, 1),
                    (-3, 1), (-3, -1), (-1, -1),
                ].map { Point(x: Double($0.0) / 3.2, y: Double($0.1) / 3.2) }
            }
        }

        private static func polygon(_ count: Int) -> [Point] {
            (0..<count).map { number in
                let angle = 2 * Double.pi * Double(number) / Double(count)
                return Point(x: cos(angle), y: sin(angle))
            }
        }
    }

    /// Writes class folders of PNG files, in the parts `train` and `val`.
    ///
    /// Every picture depends on the seed and its own place in the set alone.
    static func write(_ generation: Generation) throws {
        let generator = Generator(seed: UInt64(generation.seed))
        let total = parts.reduce(0) { $0 + $1.1 } * Shape.allCases.count
        var done = 0
        for (partNumber, (part, count)) in parts.enumerated() {
            for (label, shape) in Shape.allCases.enumerated() {
                let folder = "\(generation.folder)/\(part)/\(shape.rawValue)"
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                for number in 0..<count {
                    var random = generator.stream("shape", partNumber, label, number)
                    let image = draw(shape, &random)
                    let digits = String(number)
                    let name = String(repeating: "0", count: 4 - digits.count) + digits
                    try image.pngData().write(
                        to: URL(fileURLWithPath: "\(folder)/\(name).png"))
                    done += 1
                    generation.progress(done, total)
                }
            }
        }
    }

    private static func draw(_ shape: Shape, _ random: inout Generator) -> Image {
        func color(_ random: inout Generator, _ range: Range<Int>) -> Color {
            Color(
                red: UInt8(random.integer(in: range)), green: UInt8(random.integer(in: range)),
                blue: UInt8(random.integer(in: range)))
        }
        // One of shape and background is dark and the other light, so that the shape can always be seen.
        let isLight = random.bernoulli(0.5)
        let background = color(&random, isLight ? 0..<90 : 150..<256)
        let foreground = color(&random, isLight ? 150..<256 : 0..<90)
        let radius = random.uniform(7, 13)
        let room = radius + 1..<Double(side) - radius - 1
        let center = Point(
            x: random.uniform(room.lowerBound, room.upperBound),
            y: random.uniform(room.lowerBound, room.upperBound))
        let angle = random.uniform(0, 2 * Double.pi)
        var image = Image(height: side, width: side, fill: background)
        if let corners = shape.corners {
            let turned = corners.map { corner in
                Point(
                    x: center.x + radius * (corner.x * cos(angle) - corner.y * sin(angle)),
                    y: center.y + radius * (corner.x * sin(angle) + corner.y * cos(angle)))
            }
            image.fillPolygon(turned, foreground)
        } else {
            image.fillCircle(center, radius: radius, foreground)
            if shape == .ring { image.fillCircle(center, radius: radius * 0.55, background) }
        }
        image.withUnsafeMutableSamples { samples in
            for place in samples.indices {
                let noise = random.integer(in: -12..<13)
                samples[place] = UInt8(clamping: Int(samples[place]) + noise)
            }
        }
        return image
    }
}
