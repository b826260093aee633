internal import MartletData
internal import MartletPipeline
internal import MartletVision

/// What the data decide where the options leave it open.
enum Recipe {
    /// The mean and standard deviation of CIFAR-10's training images.
    private static let cifar = Normalize(
        mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.2010])

    /// Fills in model, optimiser, schedule and the like, and says how images are brought into form.
    static func settle(_ options: ClassificationOptions, images: LabelledImages) throws
        -> Preprocessing
    {
        let (found, foundChannels) = try form(of: images, options.samples)
        let channels = options.image.channels ?? foundChannels
        guard channels == 1 || channels == 3 else {
            throw ConfigurationError(["image.channels: expected 1 or 3, got \(channels)"])
        }
        let isSmall = max(found.height, found.width) <= 64
        let preprocessing: Preprocessing
        if isSmall {
            let size = options.image.size.map { ImageSize(height: $0, width: $0) } ?? found
            preprocessing = Preprocessing(
                resize: Resize(.exactly(size)),
                normalize: channels == 3 ? cifar : .unit(channels: 1))
        } else {
            // Larger photographs: the shorter side scaled, the middle kept, as ImageNet's recipe does.
            let side = options.image.size ?? 224
            preprocessing = Preprocessing(
                resize: Resize(side * 8 / 7), crop: ImageSize(height: side, width: side),
                normalize: channels == 3 ? .imageNet : .unit(channels: 1))
        }
        options.image.channels = channels
        options.image.size = preprocessing.outputSize?.height
        if channels == 1 {
            settleGrey(options)
        } else {
            settleColour(options)
        }
        return preprocessing
    }

    /// Small grey images: one convolution, Adam over one cycle (Smith and Topin 2018).
    private static func settleGrey(_ options: ClassificationOptions) {
        options.model = options.model ?? "mnist-cnn"
        options.epochs = options.epochs ?? 5
        options.batch = options.batch ?? 64
        options.optimizer.name = options.optimizer.name ?? .adam
        options.schedule.name = options.schedule.name ?? .onecycle
        let isCycle = options.schedule.name == .onecycle
        let name = options.optimizer.name ?? .adam
        options.lr = options.lr ?? (name == .adam && isCycle ? 3e-3 : name.learningRate)
        options.optimizer.weightDecay = options.optimizer.weightDecay ?? 0
        options.augment.flip = options.augment.flip ?? false
        options.augment.cropPadding = options.augment.cropPadding ?? 0
    }

    /// Colour images: a residual network, SGD over one cycle (Smith and Topin 2018), crops and mirror images.
    private static func settleColour(_ options: ClassificationOptions) {
        options.model = options.model ?? "resnet18"
        if options.model == "resnet18" { options.stem = options.stem ?? 64 }
        options.epochs = options.epochs ?? 15
        options.batch = options.batch ?? 128
        options.optimizer.name = options.optimizer.name ?? .sgd
        let isSGD = options.optimizer.name == .sgd
        options.lr = options.lr ?? options.optimizer.name?.learningRate
        options.optimizer.weightDecay = options.optimizer.weightDecay ?? (isSGD ? 5e-4 : 0)
        options.schedule.name = options.schedule.name ?? .onecycle
        options.augment.flip = options.augment.flip ?? true
        options.augment.cropPadding = options.augment.cropPadding ?? 4
    }

    static func augmentation(_ options: ClassificationOptions, size: ImageSize) -> Compose? {
        var transforms: [any Transform] = []
        if let padding = options.augment.cropPadding, padding > 0 {
            transforms.append(
                RandomCrop(
                    size,
                    padding: Padding(left: padding, top: padding, right: padding, bottom: padding)))
        }
        if options.augment.flip ?? false { transforms.append(RandomHorizontalFlip()) }
        return transforms.isEmpty ? nil : Compose(transforms)
    }

    /// The size and channels of the first image that can be read, if others may be skipped: the others are brought to it.
    private static func form(of images: LabelledImages, _ settings: SampleSettings) throws
        -> (ImageSize, Int)
    {
        switch images {
        case .pixels(let pixels):
            return (ImageSize(height: pixels.height, width: pixels.width), pixels.channels)
        case .files(let files):
            let candidates =
                settings.onBad == .skip ? files.items[...] : files.items.prefix(1)
            let header =
                try candidates.lazy.compactMap { try? ImageHeader(path: $0.path) }.first
                ?? ImageHeader(path: files.items[0].path)
            return (header.size, header.channels == 1 ? 1 : 3)
        }
    }
}
