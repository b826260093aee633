public import Martlet

/// Boxes of some sizes and proportions around every cell of feature maps, in pixels (Ren et al. 2015, section 3.1.1; RetinaNet's
/// and Faster R-CNN's in torchvision: rounded, and centred on the cells' upper left corners).
public struct AnchorGenerator: Sendable, Equatable {
    /// For each feature map, side lengths in pixels: the square roots of the areas.
    public let sizes: [[Double]]
    /// For each feature map, heights over widths.
    public let aspectRatios: [[Double]]

    /// - Parameters:
    ///   - sizes: for each feature map, side lengths in pixels: the square roots of the areas.
    ///   - aspectRatios: for each feature map, heights over widths.
    public init(sizes: [[Double]], aspectRatios: [[Double]]) {
        precondition(
            sizes.count == aspectRatios.count,
            "AnchorGenerator: expected sizes and ratios for as many feature maps, got "
                + "\(sizes.count) and \(aspectRatios.count)")
        self.sizes = sizes
        self.aspectRatios = aspectRatios
    }

    /// Anchors at each cell of each feature map.
    public var countsPerCell: [Int] { zip(sizes, aspectRatios).map { $0.count * $1.count } }

    /// Anchors `(A, 4)`, `.xyxy`, in pixels of images: one feature map after another, row by row; at a cell first the ratios
    /// and then the sizes.
    ///
    /// - Parameters:
    ///   - maps: feature maps `(N, C, H, W)`, of which only the sizes matter.
    ///   - images: `(N, 3, H, W)`, likewise.
    public func callAsFunction(maps: [Tensor], images: Tensor) -> Tensor {
        precondition(
            maps.count == sizes.count,
            "AnchorGenerator: expected \(sizes.count) feature maps, got \(maps.count)")
        let levels = maps.enumerated().map { level, map in
            var shapes: [Float] = []
            for ratio in aspectRatios[level] {
                for size in sizes[level] {
                    let root = ratio.squareRoot()
                    // Half sides rounded to whole pixels, ties to the even number.
                    let half = [size / root / 2, size * root / 2]
                        .map { Float($0.rounded(.toNearestOrEven)) }
                    shapes += [-half[0], -half[1], half[0], half[1]]
                }
            }
            let step = (CellGrid.extent(of: images) / CellGrid.extent(of: map)).floor()
            let cells = CellGrid.cells(of: map)
            let corners = Tensor.cat([cells, cells], dim: 1) * step
            return (corners.unsqueeze(1) + Tensor(shapes).reshape([-1, 4]))
                .flatten(from: 0, to: 1)
        }
        return Tensor.cat(levels, dim: 0)
    }
}

/// SSD's default boxes: around the middle of every cell of feature maps, in parts of the image (Liu et al. 2016, section 2.2).
public struct DefaultBoxGenerator: Sendable, Equatable, Codable {
    /// For each feature map widths and heights, as parts of the image's.
    public let shapes: [[Shape]]

    /// A width and a height, as parts of the image's.
    public struct Shape: Sendable, Equatable, Codable {
        /// As a part of the image's width.
        public var width: Double
        /// As a part of the image's height.
        public var height: Double

        /// A width and a height, as parts of the image's.
        public init(width: Double, height: Double) {
            self.width = width
            self.height = height
        }
    }

    /// Boxes of shapes of one's own.
    public init(shapes: [[Shape]]) { self.shapes = shapes }

    /// The paper's: for each feature map a square of its scale, one between its scale and the next, and for each ratio a wide
    /// and a high one.
    ///
    /// - Parameters:
    ///   - aspectRatios: for each feature map, ratios of the sides above 1.
    ///   - scales: for each feature map the side of its square, and one more at the end.
    public init(aspectRatios: [[Double]], scales: [Double]) {
        precondition(
            scales.count == aspectRatios.count + 1,
            "DefaultBoxGenerator: expected \(aspectRatios.count + 1) scales, got \(scales.count)")
        shapes = aspectRatios.enumerated().map { level, ratios in
            let scale = scales[level]
            let between = (scale * scales[level + 1]).squareRoot()
            let squares = [scale, between].map { Shape(width: $0, height: $0) }
            return squares
                + ratios.flatMap { ratio in
                    let root = ratio.squareRoot()
                    return [
                        Shape(width: scale * root, height: scale / root),
                        Shape(width: scale / root, height: scale * root),
                    ]
                }
        }
    }

    /// Anchors at each cell of each feature map.
    public var countsPerCell: [Int] { shapes.map(\.count) }

    /// Anchors `(A, 4)`, `.xyxy`, as parts of the images' width and height: one feature map after another, row by row.
    ///
    /// - Parameters:
    ///   - maps: feature maps `(N, C, H, W)`, of which only the sizes matter.
    ///   - images: `(N, 3, H, W)`, likewise.
    ///   - steps: for each feature map how many pixels lie between cells; the image divided by the map by default.
    ///   - clip: whether widths and heights are at most the image's.
    public func callAsFunction(
        maps: [Tensor], images: Tensor, steps: [Double]? = nil, clip: Bool = true
    ) -> Tensor {
        precondition(
            maps.count == shapes.count && (steps?.count ?? maps.count) == maps.count,
            "DefaultBoxGenerator: expected \(shapes.count) feature maps and as many steps, got "
                + "\(maps.count) and \(steps?.count ?? maps.count)")
        let levels = maps.enumerated().map { level, map in
            let halves = shapes[level].flatMap { shape in
                let w = Float((clip ? min(shape.width, 1) : shape.width) / 2)
                let h = Float((clip ? min(shape.height, 1) : shape.height) / 2)
                return [-w, -h, w, h]
            }
            let across = steps.map { CellGrid.extent(of: images) / $0[level] }
            let cells = CellGrid.cells(of: map) + 0.5
            let centers =
                Tensor.cat([cells, cells], dim: 1) / (across ?? CellGrid.extent(of: map))
            return (centers.unsqueeze(1) + Tensor(halves).reshape([-1, 4]))
                .flatten(from: 0, to: 1)
        }
        return Tensor.cat(levels, dim: 0)
    }
}
