public import Martlet

/// Scales the image to a random multiple of what fits into a size, keeping its proportions, as
/// `torchvision.transforms.v2.ScaleJitter` (Ghiasi et al., "Simple copy-paste", 2021, section 3).
///
/// Results differ in size: a crop or a letterbox follows.
public struct ScaleJitter: Transform, Hashable {
    /// What an image fits into at a scale of 1.
    public var size: ImageSize
    public var scale: ClosedRange<Double>
    public var interpolation: Interpolation

    /// torchvision's range by default.
    public init(
        _ size: ImageSize, scale: ClosedRange<Double> = 0.1...2,
        interpolation: Interpolation = .bilinear
    ) {
        precondition(
            size.shorterSide > 0 && scale.lowerBound > 0,
            "ScaleJitter: expected a size and scales above 0, got \(size) and \(scale)")
        self.size = size
        self.scale = scale
        self.interpolation = interpolation
    }

    /// The result's size.
    public func parameters(for size: ImageSize, generator: inout Generator) -> ImageSize {
        let factor =
            min(
                Double(self.size.width) / Double(max(size.width, 1)),
                Double(self.size.height) / Double(max(size.height, 1)))
            * generator.uniform(scale.lowerBound, scale.upperBound)
        return ImageSize(
            height: max(1, Int(Double(size.height) * factor)),
            width: max(1, Int(Double(size.width) * factor)))
    }

    private func resize(_ size: ImageSize) -> Resize {
        Resize(.exactly(size), interpolation: interpolation)
    }

    public func apply(_ size: ImageSize, to image: Image) -> Image {
        resize(size).apply((), to: image)
    }

    public func move(_ point: Point, _ result: ImageSize, of size: ImageSize) -> Point {
        resize(result).move(point, (), of: size)
    }

    public func outputSize(_ result: ImageSize, of size: ImageSize) -> ImageSize { result }

    public var description: String {
        "ScaleJitter(\(size), \(scale.lowerBound)-\(scale.upperBound))"
    }
}
