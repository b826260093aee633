import Foundation
public import Martlet

/// Turns images by a random angle, as `torchvision.transforms.RandomRotation`.
public struct RandomRotation: Transform, Hashable {
    /// Degrees, counter-clockwise.
    public var degrees: ClosedRange<Double>
    public var interpolation: Interpolation
    /// Whether the result grows to hold the whole turned image.
    public var expand: Bool
    public var fill: Color

    public init(
        degrees: ClosedRange<Double>, interpolation: Interpolation = .nearest,
        expand: Bool = false, fill: Color = .black
    ) {
        self.degrees = degrees
        self.interpolation = interpolation
        self.expand = expand
        self.fill = fill
    }

    /// Angles of `-degrees ... degrees`.
    public init(
        _ degrees: Double, interpolation: Interpolation = .nearest, expand: Bool = false,
        fill: Color = .black
    ) {
        precondition(degrees >= 0, "RandomRotation: expected 0 degrees or more, got \(degrees)")
        self.init(
            degrees: -degrees...degrees, interpolation: interpolation, expand: expand, fill: fill)
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> Double {
        generator.uniform(degrees.lowerBound, degrees.upperBound)
    }

    public func apply(_ angle: Double, to image: Image) -> Image {
        image.rotated(degrees: angle, interpolation: interpolation, expand: expand, fill: fill)
    }

    public func move(_ point: Point, _ angle: Double, of size: ImageSize) -> Point {
        PlaneMap(angle: -angle, size: size, target: outputSize(angle, of: size)).result(of: point)
    }

    public func outputSize(_ angle: Double, of size: ImageSize) -> ImageSize {
        expand ? Image.expandedSize(of: size, degrees: angle) : size
    }

    public var description: String {
        "RandomRotation(\(degrees.lowerBound) to \(degrees.upperBound) degrees, \(interpolation))"
    }
}

/// Turns, shifts, scales and shears at random about the middle, as
/// `torchvision.transforms.RandomAffine`.
public struct RandomAffine: Transform, Hashable {
    /// Degrees, clockwise.
    public var degrees: ClosedRange<Double>
    /// The largest shift as a share of width and height; none when nil.
    public var translate: Shift?
    public var scale: ClosedRange<Double>?
    /// Degrees of shear along rows.
    public var shearX: ClosedRange<Double>?
    /// Degrees of shear along columns.
    public var shearY: ClosedRange<Double>?
    public var interpolation: Interpolation
    public var fill: Color

    /// Shares of width and height.
    public struct Shift: Hashable, Sendable {
        public var x: Double
        public var y: Double

        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    public init(
        degrees: ClosedRange<Double> = 0...0, translate: Shift? = nil,
        scale: ClosedRange<Double>? = nil, shearX: ClosedRange<Double>? = nil,
        shearY: ClosedRange<Double>? = nil, interpolation: Interpolation = .nearest,
        fill: Color = .black
    ) {
        precondition(
            (scale?.lowerBound ?? 1) > 0,
            "RandomAffine: expected a scale above 0, got \(scale?.lowerBound ?? 0)")
        self.degrees = degrees
        self.translate = translate
        self.scale = scale
        self.shearX = shearX
        self.shearY = shearY
        self.interpolation = interpolation
        self.fill = fill
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> PlaneMap {
        func draw(_ range: ClosedRange<Double>?, _ otherwise: Double) -> Double {
            range.map { generator.uniform($0.lowerBound, $0.upperBound) } ?? otherwise
        }
        func shift(_ share: Double?, _ length: Int) -> Double {
            guard let share else { return 0 }
            let most = share * Double(length)
            return generator.uniform(-most, most).rounded(.toNearestOrEven)
        }
        let angle = draw(degrees, 0)
        let x = shift(translate?.x, size.width)
        let y = shift(translate?.y, size.height)
        let scale = draw(self.scale, 1)
        let shear = (x: draw(shearX, 0), y: draw(shearY, 0))
        return PlaneMap(angle: angle, translate: (x, y), scale: scale, shear: shear, size: size)
    }

    public func apply(_ map: PlaneMap, to image: Image) -> Image {
        image.warped(by: map, to: image.size, interpolation: interpolation, fill: fill)
    }

    public func move(_ point: Point, _ map: PlaneMap, of size: ImageSize) -> Point {
        map.result(of: point)
    }

    public var description: String {
        "RandomAffine(\(degrees.lowerBound) to \(degrees.upperBound) degrees, \(interpolation))"
    }
}

/// Shows images as from a random point of view, as `torchvision.transforms.RandomPerspective`.
public struct RandomPerspective: Transform, Hashable {
    /// How far corners move: at 1 up to the middle.
    public var distortionScale: Double
    public var p: Double
    public var interpolation: Interpolation
    public var fill: Color

    public init(
        distortionScale: Double = 0.5, p: Double = 0.5, interpolation: Interpolation = .bilinear,
        fill: Color = .black
    ) {
        requireProbability(p, "RandomPerspective")
        requireProbability(distortionScale, "RandomPerspective distortionScale")
        self.distortionScale = distortionScale
        self.p = p
        self.interpolation = interpolation
        self.fill = fill
    }

    /// The map, or nil for none.
    public func parameters(for size: ImageSize, generator: inout Generator) -> PlaneMap? {
        guard generator.bernoulli(p) else { return nil }
        let dx = Int(distortionScale * Double(size.width / 2)) + 1
        let dy = Int(distortionScale * Double(size.height / 2)) + 1
        func corner(right: Bool, bottom: Bool) -> (x: Double, y: Double) {
            let x = generator.integer(in: 0..<dx)
            let y = generator.integer(in: 0..<dy)
            return (Double(right ? size.width - x : x), Double(bottom ? size.height - y : y))
        }
        let corners = [(false, false), (true, false), (true, true), (false, true)]
        let moved = corners.map { corner(right: $0.0, bottom: $0.1) }
        let width = Double(size.width)
        let height = Double(size.height)
        return PlaneMap(showing: [(0, 0), (width, 0), (width, height), (0, height)], at: moved)
    }

    public func apply(_ map: PlaneMap?, to image: Image) -> Image {
        guard let map else { return image }
        return image.warped(by: map, to: image.size, interpolation: interpolation, fill: fill)
    }

    public func move(_ point: Point, _ map: PlaneMap?, of size: ImageSize) -> Point {
        map?.result(of: point) ?? point
    }

    public var description: String { "RandomPerspective(\(distortionScale), p \(p))" }
}

extension Image {
    /// The image turned counter-clockwise about its middle, as torchvision's `rotate`.
    public func rotated(
        degrees: Double, interpolation: Interpolation = .nearest, expand: Bool = false,
        fill: Color = .black
    ) -> Image {
        let target = expand ? Image.expandedSize(of: size, degrees: degrees) : size
        let map = PlaneMap(angle: -degrees, size: size, target: target)
        return warped(by: map, to: target, interpolation: interpolation, fill: fill)
    }

    /// The smallest size that holds a turned image of the given size.
    static func expandedSize(of size: ImageSize, degrees: Double) -> ImageSize {
        let sine = sin(degrees * .pi / 180)
        let cosine = cos(degrees * .pi / 180)
        func length(_ along: Int, _ across: Int) -> Int {
            // From the first to the last pixel touched. With 4 digits, so that the rounding errors of
            // a right angle do not add a pixel.
            let half = (abs(cosine) * Double(along) + abs(sine) * Double(across)) / 2
            let middle = Double(along) / 2
            func short(_ value: Double) -> Double { (value * 1e4).rounded() / 1e4 }
            return Int(short(middle + half).rounded(.up) - short(middle - half).rounded(.down))
        }
        return ImageSize(
            height: length(size.height, size.width), width: length(size.width, size.height))
    }
}
