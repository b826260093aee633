public import MartletMetrics

extension DrawnTransform {
    /// The smallest box around what becomes of a box, even outside of the result.
    public func move(_ box: Box) -> Box {
        let corners = [
            (box.x, box.y), (box.right, box.y), (box.x, box.bottom), (box.right, box.bottom),
        ]
        .map { move(Point(x: $0.0, y: $0.1)) }
        let (across, down) = (corners.map(\.x), corners.map(\.y))
        return Box(
            left: across.min()!, top: down.min()!, right: across.max()!, bottom: down.max()!)
    }

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
        let size = outputSize
        let bounds = Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
        return boxes.enumerated().compactMap { index, box in
            let whole = move(box)
            let part = whole.clipped(to: bounds)
            guard part.width >= side && part.height >= side && part.area >= visible * whole.area
            else { return nil }
            return (index, part)
        }
    }
}
