public import MartletMetrics

/// Where things of an image are in a scaled and moved copy of it, and the other way round.
public struct Placement: Sendable, Equatable {
    private let x: (factor: Double, offset: Double)
    private let y: (factor: Double, offset: Double)

    /// - Parameters:
    ///   - size: the image's.
    ///   - move: where a point of the image is in the copy; it scales and moves along the axes.
    init(of size: ImageSize, by move: (Point) -> Point) {
        let (first, last) = (
            move(Point(x: 0, y: 0)), move(Point(x: Double(size.width), y: Double(size.height)))
        )
        x = ((last.x - first.x) / Double(size.width), first.x)
        y = ((last.y - first.y) / Double(size.height), first.y)
    }

    /// Where a box of the image is in the copy.
    public func callAsFunction(_ box: Box) -> Box {
        Box(
            x: box.x * x.factor + x.offset, y: box.y * y.factor + y.offset,
            width: box.width * x.factor, height: box.height * y.factor)
    }

    /// Where a box of the copy is in the image, even outside of it.
    public func original(of box: Box) -> Box {
        Box(
            x: (box.x - x.offset) / x.factor, y: (box.y - y.offset) / y.factor,
            width: box.width / x.factor, height: box.height / y.factor)
    }

    public static func == (a: Placement, b: Placement) -> Bool { a.x == b.x && a.y == b.y }
}
