public import Martlet

/// Swaps left and right with probability `p`.
public struct RandomHorizontalFlip: Transform, Hashable {
    public var p: Double

    public init(p: Double = 0.5) {
        requireProbability(p, "RandomHorizontalFlip")
        self.p = p
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> Bool {
        generator.bernoulli(p)
    }

    public func apply(_ flips: Bool, to image: Image) -> Image {
        flips ? image.flippedHorizontally() : image
    }

    public func move(_ point: Point, _ flips: Bool, of size: ImageSize) -> Point {
        flips ? Point(x: Double(size.width) - point.x, y: point.y) : point
    }

    public var description: String { "RandomHorizontalFlip(\(p))" }
}

/// Swaps top and bottom with probability `p`.
public struct RandomVerticalFlip: Transform, Hashable {
    public var p: Double

    public init(p: Double = 0.5) {
        requireProbability(p, "RandomVerticalFlip")
        self.p = p
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> Bool {
        generator.bernoulli(p)
    }

    public func apply(_ flips: Bool, to image: Image) -> Image {
        flips ? image.flippedVertically() : image
    }

    public func move(_ point: Point, _ flips: Bool, of size: ImageSize) -> Point {
        flips ? Point(x: point.x, y: Double(size.height) - point.y) : point
    }

    public var description: String { "RandomVerticalFlip(\(p))" }
}
