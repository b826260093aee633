internal import Foundation
public import Martlet

/// Boxes of some sizes and proportions around every cell of feature maps, in pixels (Ren et al. 2015, section 3.1.1; RetinaNet's
/// and Faster R-CNN's in torchvision: rounded, and centred on the cells' upper left corners).
public struct AnchorGenerator: Sendable, Equatable {
    /// For each feature map, side lengths in pixels: the square roots of the areas.
    public let sizes: [[Double]]
    /// For each feature map, heights over widths.
    public let aspectRatios: [[Double]]

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

    /// Anchors `(A, 4)`, `.xyxy`, of feature maps of an image: one map after another, row by row; at a cell first the ratios and
    /// then the sizes.
    public func callAsFunction(maps: [ImageSize], image: ImageSize) -> Tensor {
        precondition(
            maps.count == sizes.count,
            "AnchorGenerator: expected \(sizes.count) feature maps, got \(maps.count)")
        var numbers: [Float] = []
        for (level, map) in maps.enumerated() {
            var shapes: [(width: Double, height: Double)] = []
            for ratio in aspectRatios[level] {
                for size in sizes[level] {
                    let root = ratio.squareRoot()
                    // Half sides rounded to whole pixels, ties to the even number.
                    shapes.append(
                        (
                            (size / root / 2).rounded(.toNearestOrEven),
                            (size * root / 2).rounded(.toNearestOrEven)
                        ))
                }
            }
            let stride = ImageSize(
                height: image.height / map.height, width: image.width / map.width)
            for row in 0..<map.height {
                for column in 0..<map.width {
                    let (x, y) = (Double(column * stride.width), Double(row * stride.height))
                    for shape in shapes {
                        numbers += [
                            x - shape.width, y - shape.height, x + shape.width, y + shape.height,
                        ].map(Float.init)
                    }
                }
            }
        }
        return Tensor(numbers).reshape([-1, 4])
    }
}

/// SSD's default boxes: around the middle of every cell of feature maps, in parts of the image (Liu et al. 2016, section 2.2).
public struct DefaultBoxGenerator: Sendable, Equatable {
    /// For each feature map widths and heights, as parts of the image's.
    public let shapes: [[Shape]]

    /// A width and a height, as parts of the image's.
    public struct Shape: Sendable, Equatable {
        public var width: Double
        public var height: Double

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

    /// Anchors `(A, 4)`, `.xyxy`, in pixels of an image: one feature map after another, row by row.
    ///
    /// - Parameters:
    ///   - maps: the feature maps' sizes.
    ///   - steps: for each feature map how many pixels lie between cells; the image divided by the map by default.
    ///   - clip: whether widths and heights are at most the image's.
    public func callAsFunction(
        maps: [ImageSize], image: ImageSize, steps: [Double]? = nil, clip: Bool = true
    ) -> Tensor {
        precondition(
            maps.count == shapes.count && (steps?.count ?? maps.count) == maps.count,
            "DefaultBoxGenerator: expected \(shapes.count) feature maps and as many steps, got "
                + "\(maps.count) and \(steps?.count ?? maps.count)")
        let (width, height) = (Double(image.width), Double(image.height))
        var numbers: [Float] = []
        for (level, map) in maps.enumerated() {
            let across = steps.map { width / $0[level] } ?? Double(map.width)
            let down = steps.map { height / $0[level] } ?? Double(map.height)
            for row in 0..<map.height {
                for column in 0..<map.width {
                    let x = (Double(column) + 0.5) / across * width
                    let y = (Double(row) + 0.5) / down * height
                    for shape in shapes[level] {
                        let w = (clip ? min(shape.width, 1) : shape.width) * width / 2
                        let h = (clip ? min(shape.height, 1) : shape.height) * height / 2
                        numbers += [x - w, y - h, x + w, y + h].map(Float.init)
                    }
                }
            }
        }
        return Tensor(numbers).reshape([-1, 4])
    }
}
