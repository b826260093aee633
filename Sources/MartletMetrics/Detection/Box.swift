/// A rectangle along the axes, in pixels: `x` and `y` are its upper left corner, its right and lower edges are not part of
/// it. A pixel (i, j) is the box (i, j, 1, 1).
///
/// Four numbers rather than corners, as COCO's files have it, so that areas and overlaps are equal to the last bit.
public struct Box: Sendable, Hashable, Codable {
    /// Where it begins on the left.
    public var x: Double
    /// Where it begins above.
    public var y: Double
    /// From left to right.
    public var width: Double
    /// From top to bottom.
    public var height: Double

    /// A box from its upper left corner and its size.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// A box from its upper left corner to its lower right one.
    public init(left: Double, top: Double, right: Double, bottom: Double) {
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// Where it ends on the right.
    public var right: Double { x + width }
    /// Where it ends below.
    public var bottom: Double { y + height }
    /// In square pixels.
    public var area: Double { width * height }

    /// The area that two boxes share.
    public func intersection(_ other: Box) -> Double {
        let across = min(right, other.right) - max(x, other.x)
        let down = min(bottom, other.bottom) - max(y, other.y)
        return across > 0 && down > 0 ? across * down : 0
    }

    /// The intersection over the union, 0 for boxes without area.
    public func iou(_ other: Box) -> Double {
        let shared = intersection(other)
        return shared > 0 ? shared / (area + other.area - shared) : 0
    }

    /// The part within another box; without area where there is none.
    public func clipped(to bounds: Box) -> Box {
        let left = min(max(x, bounds.x), bounds.right)
        let top = min(max(y, bounds.y), bounds.bottom)
        let (right, bottom) = (min(right, bounds.right), min(bottom, bounds.bottom))
        if left == x && top == y && right == self.right && bottom == self.bottom { return self }
        return Box(left: left, top: top, right: max(left, right), bottom: max(top, bottom))
    }
}
