public import Martlet
public import MartletMetrics

extension Box {
    /// A whole image.
    init(_ size: ImageSize) {
        self.init(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
    }

    /// The smallest box around what becomes of a box's corners.
    init(around box: Box, _ move: (Point) -> Point) {
        let corners = [
            (box.x, box.y), (box.right, box.y), (box.x, box.bottom), (box.right, box.bottom),
        ]
        .map { move(Point(x: $0.0, y: $0.1)) }
        let (across, down) = (corners.map(\.x), corners.map(\.y))
        self.init(
            left: across.min()!, top: down.min()!, right: across.max()!, bottom: down.max()!)
    }
}

extension DrawnTransform {
    /// The smallest box around what becomes of a box, even outside of the result.
    public func move(_ box: Box) -> Box { Box(around: box) { move($0) } }

    /// The part of a box that the result still shows, in pixels of the result; without area where it shows none.
    public func shown(_ box: Box) -> Box { move(box).clipped(to: Box(outputSize)) }

    /// What becomes of boxes: moved with their image and cut at its edges. Those of which too little is left are not there.
    ///
    /// - Parameters:
    ///   - boxes: in the image the transform was drawn for.
    ///   - visible: the least part of a box's area that must be left.
    ///   - side: the least width and height in pixels.
    /// - Returns: places in `boxes`, and the boxes in the result.
    public func kept(_ boxes: [Box], visible: Double = 0.3, side: Double = 1) -> [(
        index: Int, box: Box
    )] {
        boxes.enumerated().compactMap { index, box in
            let part = shown(box)
            guard
                part.width >= side && part.height >= side && part.area >= visible * move(box).area
            else { return nil }
            return (index, part)
        }
    }
}

extension Transform {
    /// Draws once, and applies what was drawn to an image and to the boxes of what it shows.
    ///
    /// - Parameters:
    ///   - visible: the least part of a box's area that must be left.
    ///   - side: the least width and height in pixels.
    /// - Returns: the result, and for each box that is left its place in `boxes` and the box in the result.
    public func callAsFunction(
        _ image: Image, boxes: [Box], visible: Double = 0.3, side: Double = 1,
        generator: inout Generator
    ) -> (image: Image, kept: [(index: Int, box: Box)]) {
        let drawn = drawn(for: image.size, boxes: boxes, generator: &generator)
        return (drawn.apply(to: image), drawn.kept(boxes, visible: visible, side: side))
    }
}
