internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletDatasets
internal import MartletVision

/// Pictures of one shape each, in any colour, size and place, on a background of another colour with some noise.
enum ShapeSet {
    private static let side = 32
    private static let parts = [("train", 200), ("val", 50)]

    /// Writes class folders of PNG files, in the parts `train` and `val`.
    ///
    /// Every picture depends on the seed and its own place in the set alone.
    static func write(_ generation: Generation) throws {
        let generator = Generator(seed: UInt64(generation.seed))
        let total = parts.reduce(0) { $0 + $1.1 } * DrawnShape.allCases.count
        var done = 0
        for (partNumber, (part, count)) in parts.enumerated() {
            for (label, shape) in DrawnShape.allCases.enumerated() {
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

    private static func draw(_ shape: DrawnShape, _ random: inout Generator) -> Image {
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
        if shape.isRound {
            image.fillCircle(center, radius: radius, foreground)
            if let hole = shape.hole {
                image.fillCircle(center, radius: radius * hole, background)
            }
        } else {
            image.fillPolygon(
                shape.outline(center: center, radius: radius, angle: angle), foreground)
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
