public import Martlet
public import MartletMetrics

/// Cuts out a part that shows at least one thing well enough, as `torchvision.transforms.v2.RandomIoUCrop` (Liu et al.,
/// "SSD", 2016, section 2.2: each image is left as it is, or cut so that a box overlaps the part by a least
/// intersection over union).
///
/// Boxes whose middle is not in the part are not shown. An image without boxes stays as it is.
public struct RandomIoUCrop: Transform, Hashable {
    /// The part's sides, as parts of the image's.
    public var scale: ClosedRange<Double>
    /// The part's width over its height.
    public var ratio: ClosedRange<Double>
    /// The least intersections over union to draw from; with 1 or more the image stays as it is.
    public var overlaps: [Double]
    /// How many parts are tried for one of `overlaps` before another is drawn.
    public var trials: Int

    /// torchvision's numbers by default.
    public init(
        scale: ClosedRange<Double> = 0.3...1, ratio: ClosedRange<Double> = 0.5...2,
        overlaps: [Double] = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1], trials: Int = 40
    ) {
        precondition(
            scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0
                && overlaps.contains { $0 >= 1 } && trials > 0,
            "RandomIoUCrop: expected scales of 0 to 1, a ratio and trials above 0, and an overlap of 1 "
                + "among the others, got \(scale), \(ratio), \(trials) and \(overlaps)")
        self.scale = scale
        self.ratio = ratio
        self.overlaps = overlaps
        self.trials = trials
    }

    /// Without boxes there is nothing to be shown well: the image stays as it is.
    public func parameters(for size: ImageSize, generator: inout Generator) -> PixelRect? { nil }

    /// The part; nil leaves the image as it is.
    public func parameters(
        for size: ImageSize, boxes: [Box], generator: inout Generator
    ) -> PixelRect? {
        guard !boxes.isEmpty else { return nil }
        while true {
            let least = overlaps[generator.integer(in: 0..<overlaps.count)]
            if least >= 1 { return nil }
            for _ in 0..<trials {
                if let part = part(of: size, boxes, least, &generator) { return part }
            }
        }
    }

    private func part(
        of size: ImageSize, _ boxes: [Box], _ least: Double, _ generator: inout Generator
    ) -> PixelRect? {
        let width = Int(
            Double(size.width) * generator.uniform(scale.lowerBound, scale.upperBound))
        let height = Int(
            Double(size.height) * generator.uniform(scale.lowerBound, scale.upperBound))
        guard width > 0 && height > 0, ratio.contains(Double(width) / Double(height)) else {
            return nil
        }
        let part = PixelRect(
            top: generator.integer(in: 0..<size.height - height + 1),
            left: generator.integer(in: 0..<size.width - width + 1), height: height, width: width)
        let inside = boxes.filter { part.holdsMiddle(of: $0) }
        return inside.contains { $0.iou(Box(part)) >= least } ? part : nil
    }

    public func apply(_ part: PixelRect?, to image: Image) -> Image {
        part.map { image.cropped($0) } ?? image
    }

    public func move(_ point: Point, _ part: PixelRect?, of size: ImageSize) -> Point {
        part.map { $0.showing(point, at: $0.size) } ?? point
    }

    public func shown(_ box: Box, _ part: PixelRect?, of size: ImageSize) -> Box {
        guard let part else { return box.clipped(to: Box(size)) }
        guard part.holdsMiddle(of: box) else { return Box(x: 0, y: 0, width: 0, height: 0) }
        return Box(around: box) { move($0, part, of: size) }.clipped(to: Box(part.size))
    }

    public func outputSize(_ part: PixelRect?, of size: ImageSize) -> ImageSize {
        part?.size ?? size
    }

    public var description: String {
        "RandomIoUCrop(\(overlaps), sides \(scale.lowerBound)-\(scale.upperBound))"
    }
}

extension Box {
    init(_ rect: PixelRect) {
        self.init(
            x: Double(rect.left), y: Double(rect.top), width: Double(rect.width),
            height: Double(rect.height))
    }
}

extension PixelRect {
    fileprivate func holdsMiddle(of box: Box) -> Bool {
        let (whole, x, y) = (Box(self), box.x + box.width / 2, box.y + box.height / 2)
        return whole.x < x && x < whole.right && whole.y < y && y < whole.bottom
    }
}

/// Puts the image somewhere on a larger empty one with probability `p`, so that things look smaller, as
/// `torchvision.transforms.v2.RandomZoomOut` (Liu et al., "SSD", 2016, section 3.6).
public struct RandomZoomOut: Transform, Hashable {
    /// How many times larger the result's sides are, at least 1.
    public var factor: ClosedRange<Double>
    public var fill: Color
    public var p: Double

    /// torchvision's numbers by default.
    public init(factor: ClosedRange<Double> = 1...4, fill: Color = .black, p: Double = 0.5) {
        requireProbability(p, "RandomZoomOut")
        precondition(
            factor.lowerBound >= 1, "RandomZoomOut: expected factors of 1 or more, got \(factor)")
        self.factor = factor
        self.fill = fill
        self.p = p
    }

    /// The borders.
    public func parameters(for size: ImageSize, generator: inout Generator) -> Padding {
        guard generator.bernoulli(p) else { return 0 }
        let factor = generator.uniform(factor.lowerBound, factor.upperBound)
        let (width, height) = (
            Int(Double(size.width) * factor) - size.width,
            Int(Double(size.height) * factor) - size.height
        )
        let (left, top) = (
            generator.integer(in: 0..<width + 1), generator.integer(in: 0..<height + 1)
        )
        return Padding(left: left, top: top, right: width - left, bottom: height - top)
    }

    public func apply(_ padding: Padding, to image: Image) -> Image {
        Pad(padding, fill: fill).apply((), to: image)
    }

    public func move(_ point: Point, _ padding: Padding, of size: ImageSize) -> Point {
        Pad(padding).move(point, (), of: size)
    }

    public func outputSize(_ padding: Padding, of size: ImageSize) -> ImageSize {
        Pad(padding).outputSize((), of: size)
    }

    public var description: String {
        "RandomZoomOut(\(factor.lowerBound)-\(factor.upperBound), \(p))"
    }
}
