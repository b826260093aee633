public import MartletMetrics

/// Parts of a large image that are searched one by one, overlapping by a fifth (Akyon et al. 2022, "Slicing aided hyper
/// inference").
public struct Tiles: Sendable, Equatable {
    /// The parts, row by row; the whole image where it is no larger than one.
    public let rects: [PixelRect]
    private let size: ImageSize

    /// How much of a tile lies in the next one too.
    private static let shared = 0.2

    /// - Parameters:
    ///   - size: the image's.
    ///   - side: height and width of the tiles, in pixels; 0: the whole image is one.
    public init(of size: ImageSize, side: Int) {
        func starts(_ length: Int) -> [Int] {
            guard side > 0 && length > side else { return [0] }
            let step = max(1, Int(Double(side) * (1 - Self.shared)))
            return Array(stride(from: 0, to: length - side, by: step)) + [length - side]
        }
        self.size = size
        rects = starts(size.height).flatMap { top in
            starts(size.width).map { left in
                PixelRect(
                    top: top, left: left, height: side > 0 ? min(side, size.height) : size.height,
                    width: side > 0 ? min(side, size.width) : size.width)
            }
        }
    }

    /// What there is in the image by what was found in its tiles: of a class, boxes that a tile's edge cut off make way for
    /// whole boxes of other tiles that cover most of them, and what is left of them is joined where it overlaps; then overlaps
    /// are suppressed.
    ///
    /// - Parameter found: for each tile what was found in it, in pixels of the image.
    /// - Returns: the surest first.
    public func merged(_ found: [[Detection]], _ selection: DetectionSelection) -> [Detection] {
        precondition(
            found.count == rects.count,
            "Tiles.merged: expected findings of \(rects.count) tiles, got \(found.count)")
        guard found.count > 1 else { return found[0] }
        var whole: [Detection] = []
        var cut: [Detection] = []
        for (rect, things) in zip(rects, found) {
            for thing in things {
                if isCut(thing.box, by: rect) { cut.append(thing) } else { whole.append(thing) }
            }
        }
        cut = cut.filter { part in
            !whole.contains {
                $0.label == part.label
                    && $0.box.intersection(part.box) > 0.7 * part.box.area
            }
        }
        whole += Self.joined(cut)
        let candidates = Candidates(
            boxes: whole.flatMap { [$0.box.x, $0.box.y, $0.box.right, $0.box.bottom] }
                .map(Float.init), scores: whole.map { Float($0.score) },
            labels: whole.map(\.label))
        return candidates.kept(threshold: selection.overlap).map { whole[$0] }
    }

    /// Parts of one thing in one box, which is as sure as its surest part.
    private static func joined(_ parts: [Detection]) -> [Detection] {
        var rest = parts.sorted { $0.score > $1.score }
        var joined: [Detection] = []
        while !rest.isEmpty {
            var thing = rest.removeFirst()
            while let place = rest.firstIndex(where: {
                $0.label == thing.label
                    && $0.box.intersection(thing.box) > 0.5 * min($0.box.area, thing.box.area)
            }) {
                let part = rest.remove(at: place).box
                thing.box = Box(
                    left: min(thing.box.x, part.x), top: min(thing.box.y, part.y),
                    right: max(thing.box.right, part.right),
                    bottom: max(thing.box.bottom, part.bottom))
            }
            joined.append(thing)
        }
        return joined
    }

    /// Whether a box ends at an edge of a tile that is none of the image.
    private func isCut(_ box: Box, by tile: PixelRect) -> Bool {
        let (right, bottom) = (tile.left + tile.width, tile.top + tile.height)
        return box.x < Double(tile.left) + 1 && tile.left > 0
            || box.y < Double(tile.top) + 1 && tile.top > 0
            || box.right > Double(right) - 1 && right < size.width
            || box.bottom > Double(bottom) - 1 && bottom < size.height
    }
}
