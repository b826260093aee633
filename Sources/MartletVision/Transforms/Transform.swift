public import Martlet
public import MartletMetrics

/// A change to images, possibly at random, in two steps: draw what is to happen from the size of the
/// image, then do it.
///
/// The steps are apart so that one draw can be applied to an image and to what belongs to it (masks,
/// boxes, another picture of the same scene). All randomness comes from the generator passed in, so a
/// sample looks the same whenever its seed, epoch and number are the same.
public protocol Transform: Sendable, CustomStringConvertible {
    /// What is drawn at random: a position, an angle; `Void` when there is no choice.
    associatedtype Parameters: Sendable

    /// Draws what will happen to an image of this size.
    func parameters(for size: ImageSize, generator: inout Generator) -> Parameters

    /// Draws what will happen to an image of this size that shows things in boxes; without a look at them unless stated.
    func parameters(for size: ImageSize, boxes: [Box], generator: inout Generator) -> Parameters

    /// Does what was drawn.
    func apply(_ parameters: Parameters, to image: Image) -> Image

    /// Where a point of an image of the given size lies in the result, even outside of it: where it was unless stated.
    /// So what belongs to an image goes with it: boxes, polygons, key points.
    func move(_ point: Point, _ parameters: Parameters, of size: ImageSize) -> Point

    /// The part of a box of an image of the given size that the result shows, in the result; without area where it shows
    /// none. What is within the result's edges unless stated.
    func shown(_ box: Box, _ parameters: Parameters, of size: ImageSize) -> Box

    /// The size of the result for an image of the given size; the same size unless stated.
    func outputSize(_ parameters: Parameters, of size: ImageSize) -> ImageSize
}

extension Transform {
    public func move(_ point: Point, _ parameters: Parameters, of size: ImageSize) -> Point {
        point
    }

    public func outputSize(_ parameters: Parameters, of size: ImageSize) -> ImageSize { size }

    public func parameters(
        for size: ImageSize, boxes: [Box], generator: inout Generator
    ) -> Parameters {
        parameters(for: size, generator: &generator)
    }

    public func shown(_ box: Box, _ parameters: Parameters, of size: ImageSize) -> Box {
        Box(around: box) { move($0, parameters, of: size) }
            .clipped(to: Box(outputSize(parameters, of: size)))
    }

    /// Draws and applies.
    public func callAsFunction(_ image: Image, generator: inout Generator) -> Image {
        apply(parameters(for: image.size, generator: &generator), to: image)
    }

    /// Draws, and keeps the draw to be applied as often as needed.
    ///
    /// - Parameter boxes: what the image shows.
    public func drawn(
        for size: ImageSize, boxes: [Box] = [], generator: inout Generator
    ) -> any DrawnTransform {
        let parameters = parameters(for: size, boxes: boxes, generator: &generator)
        return Drawn(transform: self, parameters: parameters, input: size)
    }
}

extension Transform where Parameters == Void {
    public func parameters(for size: ImageSize, generator: inout Generator) {}

    /// Applies a transform that has no choice to make.
    public func callAsFunction(_ image: Image) -> Image { apply((), to: image) }
}

/// A transform with its draw made: the same change to everything it is applied to.
public protocol DrawnTransform: Sendable {
    func apply(to image: Image) -> Image
    /// Where a point of the image lies in the result, even outside of it.
    func move(_ point: Point) -> Point
    /// The part of a box of the image that the result shows, in the result; without area where it shows none.
    func shown(_ box: Box) -> Box
    /// The size of the result.
    var outputSize: ImageSize { get }
}

private struct Drawn<T: Transform>: DrawnTransform {
    let transform: T
    let parameters: T.Parameters
    let input: ImageSize

    func apply(to image: Image) -> Image { transform.apply(parameters, to: image) }
    func move(_ point: Point) -> Point { transform.move(point, parameters, of: input) }
    func shown(_ box: Box) -> Box { transform.shown(box, parameters, of: input) }
    var outputSize: ImageSize { transform.outputSize(parameters, of: input) }
}

/// Several transforms one after another.
public struct Compose: Transform {
    public var transforms: [any Transform]

    public init(_ transforms: [any Transform]) { self.transforms = transforms }

    public func parameters(
        for size: ImageSize, generator: inout Generator
    ) -> [any DrawnTransform] {
        parameters(for: size, boxes: [], generator: &generator)
    }

    public func parameters(
        for size: ImageSize, boxes: [Box], generator: inout Generator
    ) -> [any DrawnTransform] {
        var (size, boxes) = (size, boxes)
        return transforms.map {
            let drawn = $0.drawn(for: size, boxes: boxes, generator: &generator)
            size = drawn.outputSize
            boxes = boxes.map(drawn.shown).filter { $0.area > 0 }
            return drawn
        }
    }

    public func apply(_ parameters: [any DrawnTransform], to image: Image) -> Image {
        parameters.reduce(image) { $1.apply(to: $0) }
    }

    public func move(
        _ point: Point, _ parameters: [any DrawnTransform], of size: ImageSize
    ) -> Point {
        parameters.reduce(point) { $1.move($0) }
    }

    /// What one transform cuts off, a later one does not bring back.
    public func shown(
        _ box: Box, _ parameters: [any DrawnTransform], of size: ImageSize
    ) -> Box {
        parameters.reduce(box) { $1.shown($0) }
    }

    public func outputSize(_ parameters: [any DrawnTransform], of size: ImageSize) -> ImageSize {
        parameters.last?.outputSize ?? size
    }

    public var description: String {
        transforms.isEmpty ? "nothing" : transforms.map { "\($0)" }.joined(separator: ", ")
    }
}

/// Stops when a probability is not one.
func requireProbability(_ p: Double, _ name: String) {
    precondition(p >= 0 && p <= 1, "\(name): expected a probability of 0 ... 1, got \(p)")
}
