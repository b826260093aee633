public import Martlet

/// Changes brightness, contrast, saturation and hue, each with probability `p`, and sometimes exchanges the colours, as
/// `torchvision.transforms.v2.RandomPhotometricDistort` (Liu et al., "SSD", 2016, section 2.2, after Howard 2013).
public struct RandomPhotometricDistortion: Transform, Hashable {
    /// The factors to draw from.
    public var brightness: ClosedRange<Double>
    public var contrast: ClosedRange<Double>
    public var saturation: ClosedRange<Double>
    /// The turn of the hue, within -0.5 ... 0.5.
    public var hue: ClosedRange<Double>
    public var p: Double

    /// torchvision's numbers by default.
    public init(
        brightness: ClosedRange<Double> = 0.875...1.125, contrast: ClosedRange<Double> = 0.5...1.5,
        saturation: ClosedRange<Double> = 0.5...1.5, hue: ClosedRange<Double> = -0.05...0.05,
        p: Double = 0.5
    ) {
        requireProbability(p, "RandomPhotometricDistortion")
        precondition(
            [brightness, contrast, saturation].allSatisfy { $0.lowerBound >= 0 }
                && hue.lowerBound >= -0.5 && hue.upperBound <= 0.5,
            "RandomPhotometricDistortion: expected factors of 0 or more and a hue within -0.5 ... 0.5"
        )
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
        self.p = p
    }

    /// What happens, in order.
    public struct Parameters: Sendable {
        /// What changes the colours.
        var adjustments: [ColorJitter.Adjustment]
        /// Which colour each colour becomes; nil: its own.
        var order: [Int]?
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> Parameters {
        func drawn(_ range: ClosedRange<Double>) -> Double? {
            generator.bernoulli(p) ? generator.uniform(range.lowerBound, range.upperBound) : nil
        }
        let brightness = drawn(brightness).map { ColorJitter.Adjustment.brightness($0) }
        let contrast = drawn(contrast).map { ColorJitter.Adjustment.contrast($0) }
        let saturation = drawn(saturation).map { ColorJitter.Adjustment.saturation($0) }
        let hue = drawn(hue).map { ColorJitter.Adjustment.hue($0) }
        let isFirst = generator.bernoulli(0.5)
        let order = generator.bernoulli(p) ? generator.permutation(3) : nil
        let all = [brightness, isFirst ? contrast : nil, saturation, hue, isFirst ? nil : contrast]
        return Parameters(adjustments: all.compactMap { $0 }, order: order)
    }

    public func apply(_ parameters: Parameters, to image: Image) -> Image {
        var result = ColorJitter().apply(parameters.adjustments, to: image)
        guard let order = parameters.order, image.channels == 3 else { return result }
        result.withUnsafeMutableSamples { samples in
            for pixel in stride(from: 0, to: samples.count, by: 3) {
                let colour = (
                    samples[pixel + order[0]], samples[pixel + order[1]], samples[pixel + order[2]]
                )
                (samples[pixel], samples[pixel + 1], samples[pixel + 2]) = colour
            }
        }
        return result
    }

    public var description: String { "RandomPhotometricDistortion(\(p))" }
}
