internal import CImage
public import Martlet

/// What is done to samples on their way to a network: `(sample / 255 - mean) / std`, each channel its
/// own.
public struct Normalize: Sendable, Hashable, Codable {
    public var mean: [Float]
    public var std: [Float]

    public init(mean: [Float], std: [Float]) {
        precondition(
            mean.count == std.count && (mean.count == 1 || mean.count == 3)
                && std.allSatisfy { $0 > 0 },
            "Normalize: expected a mean and a std above 0 for 1 or 3 channels, got \(mean), \(std)")
        self.mean = mean
        self.std = std
    }

    /// To 0 ... 1 alone.
    public static func unit(channels: Int) -> Normalize {
        Normalize(
            mean: Array(repeating: 0, count: channels), std: Array(repeating: 1, count: channels))
    }

    /// The statistics of ImageNet, which torchvision's models expect.
    public static let imageNet = Normalize(
        mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

    /// As one multiplication and one addition a sample.
    var scale: [Float] { std.map { Float(1 / (255 * Double($0))) } }
    var bias: [Float] { zip(mean, std).map { Float(-Double($0) / Double($1)) } }
}

extension Image {
    /// The image as `(C, H, W)`, 0 ... 1 or normalised.
    public func tensor(_ normalize: Normalize? = nil) -> Tensor {
        let normalize = normalize ?? .unit(channels: channels)
        requireChannels(normalize, "tensor")
        return Tensor([channels, height, width]) { target in
            withUnsafeSamples {
                ci_to_planes(
                    $0.baseAddress, Int64(size.area), Int32(channels), normalize.scale,
                    normalize.bias, target.baseAddress?.assumingMemoryBound(to: Float.self))
            }
        }
    }

    /// Images of one size as a batch `(N, C, H, W)`, channels-last in memory, 0 ... 1 or normalised, in
    /// one pass over the samples.
    public static func batch(_ images: [Image], _ normalize: Normalize? = nil) -> Tensor {
        guard let first = images.first else {
            preconditionFailure("Image.batch: expected at least one image")
        }
        let normalize = normalize ?? .unit(channels: first.channels)
        for (index, image) in images.enumerated() {
            precondition(
                image.size == first.size && image.channels == first.channels,
                "Image.batch: image \(index) is \(image), expected \(first)")
        }
        first.requireChannels(normalize, "Image.batch")
        let shape = [images.count, first.channels, first.height, first.width]
        return Tensor(shape, channelsLast: true) { target in
            withExtendedLifetime(images) {
                let pointers = images.map { UnsafePointer($0.storage.pointer) as UnsafePointer? }
                ci_to_floats(
                    pointers, Int64(images.count), Int64(first.size.area), Int32(first.channels),
                    normalize.scale, normalize.bias,
                    target.baseAddress?.assumingMemoryBound(to: Float.self))
            }
        }
    }

    /// The image of a tensor `(C, H, W)` or `(H, W)` of 0 ... 1, or with `denormalizing` of normalised
    /// values; what lies outside is cut off, what is not a number becomes 0.
    public init(_ tensor: Tensor, denormalizing normalize: Normalize? = nil) {
        let shape = tensor.ndim == 2 ? [1] + tensor.shape : tensor.shape
        precondition(
            shape.count == 3 && (shape[0] == 1 || shape[0] == 3),
            "Image: expected a tensor (C, H, W) of 1 or 3 channels, got \(tensor.shape)")
        self.init(unfilledHeight: shape[1], width: shape[2], channels: shape[0])
        let normalize = normalize ?? .unit(channels: channels)
        requireChannels(normalize, "Image")
        let scale = normalize.std.map { $0 * 255 }
        let bias = normalize.mean.map { $0 * 255 }
        tensor.detach().to(.float32).withUnsafeBytes {
            ci_from_planes(
                $0.baseAddress?.assumingMemoryBound(to: Float.self), Int64(size.area),
                Int32(channels), scale, bias, storage.pointer)
        }
    }

    private func requireChannels(_ normalize: Normalize, _ operation: String) {
        precondition(
            normalize.mean.count == channels,
            "\(operation): normalisation of \(normalize.mean.count) channels for \(self)")
    }
}
