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
    /// The middle part that is kept, if not all.
    public var crop: ImageSize?
    public var normalize: Normalize

    public init(resize: Resize? = nil, crop: ImageSize? = nil, normalize: Normalize) {
        self.resize = resize
        self.crop = crop
        self.normalize = normalize
    }

    /// The size of every image afterwards; nil when it depends on the image.
    public var outputSize: ImageSize? {
        if let crop { return crop }
        if let resize, case .exactly(let size) = resize.target { return size }
        return nil
    }

    /// Channels, scaling and crop: what happens to the samples as bytes.
    public func callAsFunction(_ image: Image) -> Image {
        var image = image.converted(channels: channels)
        if let resize { image = resize(image) }
        if let crop { image = CenterCrop(crop)(image) }
        return image
    }

    /// The whole of it: a batch `(N, C, H, W)`, channels-last in memory. The images must end up with
    /// equal sizes.
    public func batch(_ images: [Image]) -> Tensor {
        Image.batch(images.map { self($0) }, normalize)
    }

    public var description: String {
        var parts = [channels == 1 ? "grey" : "colour"]
        if let resize { parts.append("\(resize)") }
        if let crop { parts.append("CenterCrop(\(crop))") }
        parts.append("mean \(normalize.mean), std \(normalize.std)")
        return parts.joined(separator: ", ")
    }
}

extension Preprocessing: Codable {
    private enum Key: String, CodingKey {
        case channels, resize, crop, mean, std
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
        try check(
            crop.map { (1..<1 << 16).contains($0.height) && (1..<1 << 16).contains($0.width) }
                ?? true, .crop, "a size of \(crop.map(\.description) ?? "") makes no sense")
        self.init(
            resize: try values.decodeIfPresent(Resize.self, forKey: .resize), crop: crop,
            normalize: Normalize(mean: mean, std: std))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(channels, forKey: .channels)
        try values.encodeIfPresent(resize, forKey: .resize)
        try values.encodeIfPresent(crop, forKey: .crop)
        try values.encode(normalize.mean, forKey: .mean)
        try values.encode(normalize.std, forKey: .std)
    }
}
