public import Martlet

/// How an image file becomes what a network sees: the part of a model that is not in its weights.
///
/// It has no randomness, and goes with the model into its file, so that prediction, evaluation and
/// export cannot use another one than training did. As JSON:
///
///     {"channels": 3, "resize": {"shorterSide": 256, "interpolation": "bilinear", "antialias": true},
///      "crop": [224, 224], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
public struct Preprocessing: Sendable, Hashable, CustomStringConvertible {
    /// 1 (grey) or 3 (colour).
    public var channels: Int { normalize.mean.count }
    /// The scaling, if any.
    public var resize: Resize?
    /// The scaling into a size with the rest filled, if any.
    public var letterbox: Letterbox?
    /// The middle part that is kept, if not all.
    public var crop: ImageSize?
    public var normalize: Normalize

    public init(
        resize: Resize? = nil, letterbox: Letterbox? = nil, crop: ImageSize? = nil,
        normalize: Normalize
    ) {
        self.resize = resize
        self.letterbox = letterbox
        self.crop = crop
        self.normalize = normalize
    }

    /// The size of every image afterwards; nil when it depends on the image.
    public var outputSize: ImageSize? {
        if let crop { return crop }
        if let letterbox { return letterbox.size }
        if let resize, case .exactly(let size) = resize.target { return size }
        return nil
    }

    /// Channels, scaling and crop: what happens to the samples as bytes.
    public func callAsFunction(_ image: Image) -> Image {
        var image = image.converted(channels: channels)
        if let resize { image = resize(image) }
        if let letterbox { image = letterbox(image) }
        if let crop { image = CenterCrop(crop)(image) }
        return image
    }

    /// The whole of it: a batch `(N, C, H, W)`, channels-last in memory. The images must end up with
    /// equal sizes.
    public func batch(_ images: [Image]) -> Tensor {
        Image.batch(images.map { self($0) }, normalize)
    }

    /// Where things of an image of a size are in what the network sees.
    public func placement(of size: ImageSize) -> Placement {
        let before: [any Transform] =
            (resize.map { [$0] } ?? []) + (letterbox.map { [$0] } ?? [])
            + (crop.map { [CenterCrop($0)] } ?? [])
        // Nothing is drawn here.
        var generator = Generator(seed: 0)
        let drawn = Compose(before).drawn(for: size, generator: &generator)
        return Placement(of: size) { drawn.move($0) }
    }

    public var description: String {
        var parts = [channels == 1 ? "grey" : "colour"]
        if let resize { parts.append("\(resize)") }
        if let letterbox { parts.append("\(letterbox)") }
        if let crop { parts.append("CenterCrop(\(crop))") }
        parts.append("mean \(normalize.mean), std \(normalize.std)")
        return parts.joined(separator: ", ")
    }
}

extension Preprocessing: Codable {
    private enum Key: String, CodingKey {
        case channels, resize, letterbox, crop, mean, std
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        func check(_ condition: Bool, _ key: Key, _ what: String) throws {
            guard condition else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: values, debugDescription: what)
            }
        }
        let channels = try values.decode(Int.self, forKey: .channels)
        let mean = try values.decode([Float].self, forKey: .mean)
        let std = try values.decode([Float].self, forKey: .std)
        let crop = try values.decodeIfPresent(ImageSize.self, forKey: .crop)
        try check(channels == 1 || channels == 3, .channels, "expected 1 or 3, got \(channels)")
        try check(
            mean.count == channels && mean.allSatisfy(\.isFinite), .mean,
            "expected \(channels) finite numbers, got \(mean)")
        try check(
            std.count == channels && std.allSatisfy { $0 > 0 && $0.isFinite }, .std,
            "expected \(channels) numbers above 0, got \(std)")
        let letterbox = try values.decodeIfPresent(Letterbox.self, forKey: .letterbox)
        for (size, key) in [(crop, Key.crop), (letterbox?.size, .letterbox)] {
            guard let size else { continue }
            let sides = 1..<1 << 16
            try check(
                sides.contains(size.height) && sides.contains(size.width), key,
                "a size of \(size) makes no sense")
        }
        self.init(
            resize: try values.decodeIfPresent(Resize.self, forKey: .resize),
            letterbox: letterbox, crop: crop,
            normalize: Normalize(mean: mean, std: std))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(channels, forKey: .channels)
        try values.encodeIfPresent(resize, forKey: .resize)
        try values.encodeIfPresent(letterbox, forKey: .letterbox)
        try values.encodeIfPresent(crop, forKey: .crop)
        try values.encode(normalize.mean, forKey: .mean)
        try values.encode(normalize.std, forKey: .std)
    }
}
