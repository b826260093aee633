public import MartletNN

/// What a classifier is built for.
public struct ImageClassifierInput: Sendable, Equatable {
    /// 1 for grey images, 3 for colour.
    public var channels: Int
    /// In pixels.
    public var height: Int
    /// In pixels.
    public var width: Int
    public var classes: Int

    public init(channels: Int, height: Int, width: Int, classes: Int) {
        self.channels = channels
        self.height = height
        self.width = width
        self.classes = classes
    }
}

/// An architecture that can be chosen by name.
public struct ImageClassifierArchitecture: Sendable {
    public let name: String
    /// One line for lists.
    public let summary: String
    /// The least height and width, in pixels.
    public let minimumSize: Int
    /// Whether the width of the first convolution can be chosen.
    public let hasStem: Bool
    private let make: @Sendable (ImageClassifierInput, _ stem: Int?) -> any Layer

    fileprivate init(
        _ name: String, _ summary: String, minimumSize: Int, hasStem: Bool = false,
        _ make: @escaping @Sendable (ImageClassifierInput, _ stem: Int?) -> any Layer
    ) {
        self.name = name
        self.summary = summary
        self.minimumSize = minimumSize
        self.hasStem = hasStem
        self.make = make
    }

    /// A model whose parameters have not been drawn yet: see `Module.initialize`.
    ///
    /// - Parameter stem: channels of the first convolution, for architectures with `hasStem`; nil
    ///   for the default.
    /// - Throws: `ImageClassifierError` for an input the architecture cannot take.
    public func build(_ input: ImageClassifierInput, stem: Int? = nil) throws -> any Layer {
        func reject(_ reason: String) -> ImageClassifierError {
            ImageClassifierError(model: name, reason: reason)
        }
        guard input.channels > 0 else {
            throw reject("expected at least 1 channel, got \(input.channels)")
        }
        guard input.classes > 1 else {
            throw reject("expected at least 2 classes, got \(input.classes)")
        }
        guard min(input.height, input.width) >= minimumSize else {
            throw reject(
                "expected images of at least \(minimumSize) x \(minimumSize) pixels, got "
                    + "\(input.width) x \(input.height)")
        }
        if let stem {
            guard hasStem else { throw reject("its first layer has a fixed width") }
            guard stem > 0 else {
                throw reject("expected a stem of at least 1 channel, got \(stem)")
            }
        }
        return make(input, stem)
    }
}

/// A model that cannot be built as asked.
public struct ImageClassifierError: Error, CustomStringConvertible, Equatable {
    public let model: String
    public let reason: String

    public var description: String { "model \(model): \(reason)" }
}

/// The architectures by name.
public enum ImageClassifiers {
    public static let all: [ImageClassifierArchitecture] = [
        .init("mlp", "three fully connected layers", minimumSize: 1) { input, _ in
            MLP(inputs: input.channels * input.height * input.width, classes: input.classes)
        },
        .init("mnist-cnn", "one convolution of 5 x 5 and a linear layer", minimumSize: 2) {
            input, _ in
            MNISTCNN(
                channels: input.channels, imageSize: (input.height, input.width),
                classes: input.classes)
        },
        .init("lenet", "LeNet-5 with ReLU and max pooling", minimumSize: 12) { input, _ in
            LeNet(
                channels: input.channels, imageSize: (input.height, input.width),
                classes: input.classes)
        },
        .init("vgg", "seven convolutions of 3 x 3", minimumSize: 8) { input, _ in
            VGG(
                channels: input.channels, imageSize: (input.height, input.width),
                classes: input.classes)
        },
        .init("resnet18", "ResNet-18 for small images", minimumSize: 4, hasStem: true) {
            input, stem in
            ResNet18(channels: input.channels, classes: input.classes, stem: stem ?? 32)
        },
        .init(
            "resnet18-imagenet", "torchvision's ResNet-18, whose weights fit", minimumSize: 32,
            hasStem: true
        ) { input, stem in
            ImageNetResNet18(
                channels: input.channels, classes: input.classes, width: stem ?? 64)
        },
        .init("mobilenet", "depthwise separable convolutions", minimumSize: 4) { input, _ in
            MobileNet(channels: input.channels, classes: input.classes)
        },
        .init("inception", "two inception blocks", minimumSize: 9) { input, _ in
            Inception(channels: input.channels, classes: input.classes)
        },
    ]

    /// The architecture of this name, if there is one.
    public static func named(_ name: String) -> ImageClassifierArchitecture? {
        all.first { $0.name == name }
    }
}
