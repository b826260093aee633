internal import Martlet
internal import MartletData
internal import MartletPipeline
internal import MartletVision

/// What the options leave open, and what follows from the data.
enum DetectionRecipe {
    /// Fills in model, optimiser, schedule and the like: Adam over one cycle (Smith and Topin 2018).
    static func settle(_ options: DetectionOptions) {
        options.model = options.model ?? "ssd"
        options.epochs = options.epochs ?? 40
        options.batch = options.batch ?? 8
        options.optimizer.name = options.optimizer.name ?? .adam
        options.lr = options.lr ?? options.optimizer.name?.learningRate
        options.optimizer.weightDecay = options.optimizer.weightDecay ?? 0
        options.schedule.name = options.schedule.name ?? .onecycle
    }

    static func preprocessing(_ options: DetectionOptions) -> Preprocessing {
        let size = ImageSize(options.image.size)
        switch options.image.fit {
        case .stretch: return Preprocessing(resize: Resize(.exactly(size)), normalize: .imageNet)
        case .letterbox: return Preprocessing(letterbox: Letterbox(size), normalize: .imageNet)
        }
    }

    /// Changes to images that all have the network's size.
    static func augmentation(_ options: DetectionOptions) -> DetectionAugmentation {
        let settings = options.augment
        let size = ImageSize(height: options.image.size, width: options.image.size)
        var transforms: [any Transform] = []
        if settings.zoomOut > 0 { transforms.append(RandomZoomOut(p: settings.zoomOut)) }
        if settings.iouCrop > 0 {
            transforms.append(RandomApply(RandomIoUCrop(), p: settings.iouCrop))
        }
        if !transforms.isEmpty { transforms.append(Resize(.exactly(size))) }
        if settings.flip { transforms.append(RandomHorizontalFlip()) }
        if settings.verticalFlip { transforms.append(RandomVerticalFlip()) }
        if settings.crop > 0 {
            let crop = RandomResizedCrop(size, scale: settings.cropScale...1, ratio: 1...1)
            transforms.append(RandomApply(crop, p: settings.crop))
        }
        if settings.color > 0 {
            transforms.append(
                ColorJitter(
                    brightness: settings.color, contrast: settings.color,
                    saturation: settings.color))
        }
        return DetectionAugmentation(
            mosaic: settings.mosaic > 0 ? (Mosaic(size), settings.mosaic) : nil,
            each: Compose(transforms))
    }

    /// Shapes for the anchors that suit the data, the smallest for the finest feature map; nil for the model's own.
    static func anchors(
        _ options: DetectionOptions, _ architecture: DetectorArchitecture,
        _ images: [AnnotatedImage]
    ) throws -> DefaultBoxGenerator? {
        guard options.anchors == .data, let counts = architecture.anchorCounts else { return nil }
        let shapes = images.flatMap { image in
            image.objects.filter { !$0.isCrowd }.map {
                DefaultBoxGenerator.Shape(
                    width: $0.box.width / Double(image.size.width),
                    height: $0.box.height / Double(image.size.height))
            }
        }
        let total = counts.reduce(0, +)
        guard !shapes.isEmpty else {
            throw ConfigurationError(["anchors=data: the training images have no boxes"])
        }
        var generator = Generator(seed: UInt64(options.seed)).stream("anchors")
        let found = AnchorClustering(of: shapes, count: total, generator: &generator)
        guard found.shapes.count == total else {
            throw ConfigurationError([
                "anchors=data: expected boxes of \(total) shapes or more, got \(found.shapes.count)"
            ])
        }
        var rest = found.shapes[...]
        let anchors = DefaultBoxGenerator(
            shapes: counts.map { count in
                defer { rest = rest.dropFirst(count) }
                return Array(rest.prefix(count))
            })
        let recall = AnchorClustering.bestPossibleRecall(of: shapes, found.shapes)
        Log.info(
            "anchors: \(total) shapes found in \(shapes.count) boxes, mean overlap "
                + "\(rounded(found.meanIoU)), best possible recall \(rounded(recall))")
        return anchors
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

/// Random changes to training images and their boxes.
struct DetectionAugmentation {
    /// Parts of four images in one, and how often.
    let mosaic: (transform: Mosaic, p: Double)?
    /// What is then done to an image.
    let each: Compose
}
