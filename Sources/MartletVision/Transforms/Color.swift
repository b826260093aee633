public import Martlet

/// Changes brightness, contrast, saturation and hue at random, in random order, as
/// `torchvision.transforms.ColorJitter`.
public struct ColorJitter: Transform, Hashable {
    /// The factors to draw from; nil leaves that property alone.
    public var brightness: ClosedRange<Double>?
    public var contrast: ClosedRange<Double>?
    public var saturation: ClosedRange<Double>?
    /// The turn of the hue, within -0.5 ... 0.5.
    public var hue: ClosedRange<Double>?

    /// Ranges of factors.
    public init(
        brightness: ClosedRange<Double>?, contrast: ClosedRange<Double>? = nil,
        saturation: ClosedRange<Double>? = nil, hue: ClosedRange<Double>? = nil
    ) {
        for range in [brightness, contrast, saturation] {
            precondition(
                (range?.lowerBound ?? 0) >= 0, "ColorJitter: expected factors of 0 or more")
        }
        precondition(
            (hue?.lowerBound ?? 0) >= -0.5 && (hue?.upperBound ?? 0) <= 0.5,
            "ColorJitter: expected a hue within -0.5 ... 0.5")
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
    }

    /// Factors of `max(0, 1 - value) ... 1 + value`, and a hue of `-hue ... hue`.
    public init(
        brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
    ) {
        func factors(_ value: Double) -> ClosedRange<Double>? {
            precondition(value >= 0, "ColorJitter: expected 0 or more, got \(value)")
            return value == 0 ? nil : max(0, 1 - value)...1 + value
        }
        precondition(hue >= 0 && hue <= 0.5, "ColorJitter: expected a hue of 0 ... 0.5, got \(hue)")
        self.init(
            brightness: factors(brightness), contrast: factors(contrast),
            saturation: factors(saturation), hue: hue == 0 ? nil : -hue...hue)
    }

    /// One change of colour.
    public enum Adjustment: Hashable, Sendable {
        case brightness(Double)
        case contrast(Double)
        case saturation(Double)
        case hue(Double)
    }

    /// The changes in the order in which they are made.
    public func parameters(for size: ImageSize, generator: inout Generator) -> [Adjustment] {
        let order = generator.permutation(4)
        func draw(_ range: ClosedRange<Double>?) -> Double? {
            range.map { generator.uniform($0.lowerBound, $0.upperBound) }
        }
        let all: [Adjustment?] = [
            draw(brightness).map { .brightness($0) }, draw(contrast).map { .contrast($0) },
            draw(saturation).map { .saturation($0) }, draw(hue).map { .hue($0) },
        ]
        return order.compactMap { all[$0] }
    }

    public func apply(_ adjustments: [Adjustment], to image: Image) -> Image {
        adjustments.reduce(image) { image, adjustment in
            switch adjustment {
            case .brightness(let factor): image.adjustedBrightness(factor)
            case .contrast(let factor): image.adjustedContrast(factor)
            case .saturation(let factor): image.adjustedSaturation(factor)
            case .hue(let shift): image.adjustedHue(shift)
            }
        }
    }

    public var description: String {
        let parts = [
            ("brightness", brightness), ("contrast", contrast), ("saturation", saturation),
            ("hue", hue),
        ].compactMap { name, range in range.map { "\(name) \($0.lowerBound)-\($0.upperBound)" } }
        return "ColorJitter(\(parts.joined(separator: ", ")))"
    }
}

/// Makes images grey, with 1 or 3 equal channels.
public struct Grayscale: Transform, Hashable, Codable {
    public var outputChannels: Int

    public init(outputChannels: Int = 1) {
        precondition(
            outputChannels == 1 || outputChannels == 3,
            "Grayscale: expected 1 or 3 channels, got \(outputChannels)")
        self.outputChannels = outputChannels
    }

    public func apply(_ parameters: Void, to image: Image) -> Image {
        image.grayscale().converted(channels: outputChannels)
    }

    public var description: String { "Grayscale(\(outputChannels))" }
}

/// Makes images grey with probability `p`, keeping their channels.
public struct RandomGrayscale: Transform, Hashable {
    public var p: Double

    public init(p: Double = 0.1) {
        requireProbability(p, "RandomGrayscale")
        self.p = p
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> Bool {
        generator.bernoulli(p)
    }

    public func apply(_ happens: Bool, to image: Image) -> Image {
        happens ? image.grayscale() : image
    }

    public var description: String { "RandomGrayscale(\(p))" }
}

/// Blurs with a Gaussian of random standard deviation, as `torchvision.transforms.GaussianBlur`.
public struct GaussianBlur: Transform, Hashable {
    /// Odd numbers of pixels.
    public var kernelSize: ImageSize
    /// The standard deviations to draw from, in pixels.
    public var sigma: ClosedRange<Double>

    public init(kernelSize: ImageSize, sigma: ClosedRange<Double> = 0.1...2) {
        precondition(
            kernelSize.height % 2 == 1 && kernelSize.width % 2 == 1 && sigma.lowerBound > 0,
            "GaussianBlur: expected odd sizes and sigma above 0, got \(kernelSize), \(sigma)")
        self.kernelSize = kernelSize
        self.sigma = sigma
    }

    public func parameters(for size: ImageSize, generator: inout Generator) -> Double {
        generator.uniform(sigma.lowerBound, sigma.upperBound)
    }

    public func apply(_ sigma: Double, to image: Image) -> Image {
        image.gaussianBlurred(kernelSize: kernelSize, sigma: sigma)
    }

    public var description: String {
        "GaussianBlur(\(kernelSize), sigma \(sigma.lowerBound)-\(sigma.upperBound))"
    }
}
