internal import Martlet

/// Scales images, as `torchvision.transforms.Resize`.
public struct Resize: Transform, Hashable, Codable {
    /// What size to scale to.
    public enum Target: Hashable, Sendable {
        /// The shorter side becomes this long and the other keeps the proportions, but is at most
        /// `maxSize` long.
        case shorterSide(Int, maxSize: Int? = nil)
        /// Exactly this size, whatever that does to the proportions.
        case exactly(ImageSize)
    }

    /// What it scales to, and how it finds values between pixels.
    public var target: Target
    public var interpolation: Interpolation
    /// Whether the filter widens when shrinking; `nearest` ignores it.
    public var antialias: Bool

    public init(
        _ target: Target, interpolation: Interpolation = .bilinear, antialias: Bool = true
    ) {
        self.target = target
        self.interpolation = interpolation
        self.antialias = antialias
    }

    /// Scales the shorter side to this length.
    public init(
        _ shorterSide: Int, maxSize: Int? = nil, interpolation: Interpolation = .bilinear,
        antialias: Bool = true
    ) {
        precondition(
            shorterSide > 0 && (maxSize ?? Int.max) >= shorterSide,
            "Resize: expected a side above 0 and at most maxSize, got \(shorterSide)")
        self.init(
            .shorterSide(shorterSide, maxSize: maxSize), interpolation: interpolation,
            antialias: antialias)
    }

    /// The size of the result; a side never becomes 0.
    public func outputSize(_ parameters: Void = (), of size: ImageSize) -> ImageSize {
        switch target {
        case .exactly(let size): return size
        case .shorterSide(let side, let maxSize):
            guard size.area > 0 else { return size }
            var short = side
            var long = side * size.longerSide / size.shorterSide
            if let maxSize, long > maxSize {
                short = max(maxSize * size.shorterSide / size.longerSide, 1)
                long = maxSize
            }
            return size.width <= size.height
                ? ImageSize(height: long, width: short) : ImageSize(height: short, width: long)
        }
    }

    public func apply(_ parameters: Void, to image: Image) -> Image {
        let result = outputSize(of: image.size)
        if result == image.size { return image }
        return image.resized(to: result, interpolation: interpolation, antialias: antialias)
    }

    public func move(_ point: Point, _ parameters: Void, of size: ImageSize) -> Point {
        PixelRect(top: 0, left: 0, height: size.height, width: size.width)
            .showing(point, at: outputSize(of: size))
    }

    public var description: String {
        switch target {
        case .exactly(let size): "Resize(\(size), \(interpolation))"
        case .shorterSide(let side, _): "Resize(shorter side \(side), \(interpolation))"
        }
    }
}

extension Resize {
    private enum Key: String, CodingKey {
        case shorterSide, maxSize, size, interpolation, antialias
    }

    /// Reads `{"shorterSide": 256}` or `{"size": [height, width]}`, with optional `maxSize`,
    /// `interpolation` and `antialias`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let interpolation = try values.decodeIfPresent(Interpolation.self, forKey: .interpolation)
        let antialias = try values.decodeIfPresent(Bool.self, forKey: .antialias)
        let target: Target
        if let size = try values.decodeIfPresent(ImageSize.self, forKey: .size) {
            try Resize.check(
                size.shorterSide > 0 && size.longerSide < 1 << 16, size.description, in: values,
                .size)
            target = .exactly(size)
        } else {
            let side = try values.decode(Int.self, forKey: .shorterSide)
            let maxSize = try values.decodeIfPresent(Int.self, forKey: .maxSize)
            try Resize.check(side > 0 && side < 1 << 16, "\(side)", in: values, .shorterSide)
            try Resize.check(
                (side..<1 << 16).contains(maxSize ?? side), "\(maxSize ?? 0)", in: values, .maxSize)
            target = .shorterSide(side, maxSize: maxSize)
        }
        self.init(target, interpolation: interpolation ?? .bilinear, antialias: antialias ?? true)
    }

    private static func check(
        _ condition: Bool, _ value: String, in values: KeyedDecodingContainer<Key>, _ key: Key
    ) throws {
        guard condition else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "a size of \(value) makes no sense")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        switch target {
        case .exactly(let size): try values.encode(size, forKey: .size)
        case .shorterSide(let side, let maxSize):
            try values.encode(side, forKey: .shorterSide)
            try values.encodeIfPresent(maxSize, forKey: .maxSize)
        }
        try values.encode(interpolation, forKey: .interpolation)
        try values.encode(antialias, forKey: .antialias)
    }
}
