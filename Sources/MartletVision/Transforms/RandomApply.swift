public import Martlet
public import MartletMetrics

/// Does a transform with some probability, and else nothing; `torchvision.transforms.RandomApply`.
public struct RandomApply: Transform {
    public var transform: any Transform
    public var p: Double

    public init(_ transform: any Transform, p: Double = 0.5) {
        requireProbability(p, "RandomApply")
        self.transform = transform
        self.p = p
    }

    public func parameters(
        for size: ImageSize, generator: inout Generator
    ) -> (any DrawnTransform)? {
        parameters(for: size, boxes: [], generator: &generator)
    }

    public func parameters(
        for size: ImageSize, boxes: [Box], generator: inout Generator
    ) -> (any DrawnTransform)? {
        generator.bernoulli(p)
            ? transform.drawn(for: size, boxes: boxes, generator: &generator) : nil
    }

    public func apply(_ drawn: (any DrawnTransform)?, to image: Image) -> Image {
        drawn?.apply(to: image) ?? image
    }

    public func move(_ point: Point, _ drawn: (any DrawnTransform)?, of size: ImageSize) -> Point {
        drawn?.move(point) ?? point
    }

    public func shown(_ box: Box, _ drawn: (any DrawnTransform)?, of size: ImageSize) -> Box {
        drawn?.shown(box) ?? box.clipped(to: Box(size))
    }

    public func outputSize(_ drawn: (any DrawnTransform)?, of size: ImageSize) -> ImageSize {
        drawn?.outputSize ?? size
    }

    public var description: String { "RandomApply(\(transform), p: \(p))" }
}
