import Foundation
public import Martlet

/// Covers a random rectangle with probability `p`, as `torchvision.transforms.RandomErasing` (Zhong et
/// al., "Random Erasing Data Augmentation", 2017).
///
/// It works on samples of 0 ... 255, before normalisation: torchvision's usual place is after it, where
/// its value 0 stands for the data's mean. `fill` is that colour; give the mean for the same effect.
public struct RandomErasing: Transform, Hashable {
    public var p: Double
    /// The share of the image's area that is covered.
    public var scale: ClosedRange<Double>
    /// Height over width of the rectangle.
    public var ratio: ClosedRange<Double>
    /// The colour of the rectangle; nil for random samples.
    public var fill: Color?

    public init(
        p: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33,
        ratio: ClosedRange<Double> = 0.3...3.3, fill: Color? = .black
    ) {
        requireProbability(p, "RandomErasing")
        precondition(
            scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0,
            "RandomErasing: expected scale within 0 ... 1 and ratio above 0, got \(scale), \(ratio)"
        )
        self.p = p
        self.scale = scale
        self.ratio = ratio
        self.fill = fill
    }

    /// What to cover, and the numbers that fill it when no colour does.
    public struct Patch: Sendable {
        public var rect: PixelRect
        public var noise: Generator
    }

    /// The patch, or nil for none.
    public func parameters(for size: ImageSize, generator: inout Generator) -> Patch? {
        guard generator.bernoulli(p) else { return nil }
        for _ in 0..<10 {
            let area = Double(size.area) * generator.uniform(scale.lowerBound, scale.upperBound)
            let aspect = exp(generator.uniform(log(ratio.lowerBound), log(ratio.upperBound)))
            let height = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
            let width = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
            guard height > 0 && width > 0 && height < size.height && width < size.width else {
                continue
            }
            let rect = PixelRect(
                top: generator.integer(in: 0..<size.height - height + 1),
                left: generator.integer(in: 0..<size.width - width + 1), height: height,
                width: width)
            let noise = generator.stream("erasing", Int(generator.offset))
            return Patch(rect: rect, noise: noise)
        }
        return nil
    }

    public func apply(_ patch: Patch?, to image: Image) -> Image {
        guard let patch else { return image }
        var image = image
        let rect = patch.rect
        if let fill {
            image.fill(rect, fill)
            return image
        }
        var noise = patch.noise
        let count = rect.size.area * image.channels
        let values = Tensor.randint(0..<256, [count], dtype: .uint8, generator: &noise)
            .array(as: UInt8.self)
        let channels = image.channels
        let pitch = image.width * channels
        let run = rect.width * channels
        image.withUnsafeMutableSamples { samples in
            for row in 0..<rect.height {
                let start = (rect.top + row) * pitch + rect.left * channels
                for k in 0..<run { samples[start + k] = values[row * run + k] }
            }
        }
        return image
    }

    public var description: String {
        "RandomErasing(\(p), area \(scale.lowerBound)-\(scale.upperBound))"
    }
}
