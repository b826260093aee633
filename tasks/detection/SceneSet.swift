internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletDatasets
internal import MartletMetrics
internal import MartletVision

/// Scenes with several shapes of any size and texture, on clutter, one before the other, as a data set of Pascal VOC's form.
enum SceneSet {
    private static let parts = [("train", 400), ("val", 100), ("test", 100)]

    /// Writes `Annotations`, `JPEGImages` and `ImageSets/Main`.
    ///
    /// Every scene depends on the seed and its own place in the set alone.
    static func write(_ generation: Generation) throws {
        try write(generation, parts: parts, sides: 160...256)
    }

    /// - Parameters:
    ///   - parts: how many scenes of each part.
    ///   - sides: heights and widths in pixels.
    static func write(
        _ generation: Generation, parts: [(name: String, count: Int)], sides: ClosedRange<Int>
    ) throws {
        let generator = Generator(seed: UInt64(generation.seed))
        let root = generation.folder
        for folder in ["Annotations", "JPEGImages", "ImageSets/Main"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
        let total = parts.reduce(0) { $0 + $1.count }
        var number = 0
        for part in parts {
            var names: [String] = []
            for _ in 0..<part.count {
                let digits = String(number + 1)
                let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
                var random = generator.stream("scene", number)
                let scene = Scene(sides: sides, &random)
                try scene.image.jpegData(quality: 92).write(
                    to: URL(fileURLWithPath: "\(root)/JPEGImages/\(name).jpg"))
                let annotation = VOCAnnotation(
                    filename: "\(name).jpg", size: scene.image.size, objects: scene.objects)
                try Data(annotation.xml.utf8).write(
                    to: URL(fileURLWithPath: "\(root)/Annotations/\(name).xml"))
                names.append(name)
                number += 1
                generation.progress(number, total)
            }
            try Data((names.joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: "\(root)/ImageSets/Main/\(part.name).txt"))
        }
    }
}

/// One picture with what there is to find in it.
private struct Scene {
    private(set) var image: Image
    private(set) var objects: [AnnotatedObject] = []
    /// For each pixel the last shape that covers it, 0 for none.
    private var owners: [Int]

    init(sides: ClosedRange<Int>, _ random: inout Generator) {
        let height = random.integer(in: sides.lowerBound..<sides.upperBound + 1)
        let width = random.integer(in: sides.lowerBound..<sides.upperBound + 1)
        image = Image(height: height, width: width)
        owners = Array(repeating: 0, count: height * width)
        paint(Texture(&random)) { _, _ in true }
        for _ in 0..<random.integer(in: 3..<12) { addClutter(&random) }
        var covered: [(shape: DrawnShape, pixels: Int, box: Box, isTruncated: Bool)] = []
        for number in 1...random.integer(in: 1..<8) {
            covered.append(addShape(number, &random))
        }
        var seen = [Int](repeating: 0, count: covered.count + 1)
        for owner in owners { seen[owner] += 1 }
        for (number, thing) in covered.enumerated() {
            let visible = Double(seen[number + 1]) / Double(max(1, thing.pixels))
            // What cannot be seen is not there.
            guard visible >= 0.1, seen[number + 1] >= 16 else { continue }
            objects.append(
                AnnotatedObject(
                    name: thing.shape.rawValue, box: thing.box,
                    isDifficult: visible < 0.35 || min(thing.box.width, thing.box.height) < 8,
                    isTruncated: thing.isTruncated, isOccluded: visible < 0.9))
        }
        image.withUnsafeMutableSamples { samples in
            for place in samples.indices {
                samples[place] = UInt8(
                    clamping: Int(samples[place]) + random.integer(in: -10..<11))
            }
        }
    }

    /// Lines and blots that are no shape to be found.
    private mutating func addClutter(_ random: inout Generator) {
        let color = Texture.color(&random)
        func point(_ random: inout Generator) -> Point {
            Point(
                x: random.uniform(0, Double(image.width)),
                y: random.uniform(0, Double(image.height)))
        }
        if random.bernoulli(0.6) {
            let ends = [point(&random), point(&random)]
            image.drawLines(ends, color, thickness: random.integer(in: 1..<4))
        } else {
            let center = point(&random)
            let size = random.uniform(3, 14)
            let blot = (0..<7).map { corner in
                let angle = Double(corner) / 7 * 2 * Double.pi
                let distance = size * random.uniform(0.3, 1)
                return Point(
                    x: center.x + distance * cos(angle), y: center.y + distance * sin(angle))
            }
            image.fillPolygon(blot, color)
        }
    }

    /// Draws a shape over what is there.
    private mutating func addShape(_ number: Int, _ random: inout Generator) -> (
        shape: DrawnShape, pixels: Int, box: Box, isTruncated: Bool
    ) {
        let shape = DrawnShape.allCases[random.integer(in: 0..<DrawnShape.allCases.count)]
        let side = Double(image.size.shorterSide)
        // Small ones as often as large ones.
        let radius = side * exp(random.uniform(log(0.05), log(0.3)))
        let center = Point(
            x: random.uniform(0, Double(image.width)), y: random.uniform(0, Double(image.height)))
        let angle = random.uniform(0, 2 * Double.pi)
        let outline = shape.outline(center: center, radius: radius, angle: angle)
        var mask = Image(height: image.height, width: image.width, channels: 1)
        mask.fillPolygon(outline, .white)
        if let hole = shape.hole { mask.fillCircle(center, radius: radius * hole, .black) }
        let whole = Box(
            left: outline.map(\.x).min() ?? 0, top: outline.map(\.y).min() ?? 0,
            right: outline.map(\.x).max() ?? 0, bottom: outline.map(\.y).max() ?? 0)
        // To whole pixels, as files of Pascal VOC have it.
        let box = Box(
            left: whole.x.rounded(.down), top: whole.y.rounded(.down),
            right: whole.right.rounded(.up), bottom: whole.bottom.rounded(.up)
        ).clipped(
            to: Box(x: 0, y: 0, width: Double(image.width), height: Double(image.height)))
        var pixels = 0
        let width = image.width
        mask.withUnsafeSamples { inside in
            for place in inside.indices where inside[place] > 127 {
                owners[place] = number
                pixels += 1
            }
            paint(Texture(&random)) { x, y in inside[y * width + x] > 127 }
        }
        return (shape, pixels, box, box.area < 0.98 * whole.area)
    }

    private mutating func paint(_ texture: Texture, where isInside: (Int, Int) -> Bool) {
        let (height, width) = (image.height, image.width)
        image.withUnsafeMutableSamples { samples in
            for y in 0..<height {
                for x in 0..<width where isInside(x, y) {
                    let color = texture.color(x, y)
                    let place = 3 * (y * width + x)
                    samples[place] = color.red
                    samples[place + 1] = color.green
                    samples[place + 2] = color.blue
                }
            }
        }
    }
}

/// How a surface looks: plain, striped, chequered, or fading from one colour to another.
private struct Texture {
    private enum Kind: CaseIterable { case plain, stripes, squares, fading }

    private let kind: Kind
    private let one: Color
    private let other: Color
    private let direction: Point
    private let period: Double

    init(_ random: inout Generator) {
        kind = Kind.allCases[random.integer(in: 0..<Kind.allCases.count)]
        one = Self.color(&random)
        other = Self.color(&random)
        let angle = random.uniform(0, 2 * Double.pi)
        direction = Point(x: cos(angle), y: sin(angle))
        period = random.uniform(4, 24)
    }

    static func color(_ random: inout Generator) -> Color {
        func part(_ random: inout Generator) -> UInt8 { UInt8(random.integer(in: 0..<256)) }
        return Color(red: part(&random), green: part(&random), blue: part(&random))
    }

    func color(_ x: Int, _ y: Int) -> Color {
        let along = Double(x) * direction.x + Double(y) * direction.y
        let across = Double(y) * direction.x - Double(x) * direction.y
        func isOdd(_ value: Double) -> Bool { Int((value / period).rounded(.down)) & 1 == 1 }
        switch kind {
        case .plain: return one
        case .stripes: return isOdd(along) ? one : other
        case .squares: return isOdd(along) != isOdd(across) ? one : other
        case .fading:
            let share = 0.5 + 0.5 * sin(along / period / 3)
            func mixed(_ a: UInt8, _ b: UInt8) -> UInt8 {
                UInt8(Double(a) * share + Double(b) * (1 - share))
            }
            return Color(
                red: mixed(one.red, other.red), green: mixed(one.green, other.green),
                blue: mixed(one.blue, other.blue))
        }
    }
}
