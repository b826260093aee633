internal import Foundation

/// A detector that can be chosen by name.
public struct DetectorArchitecture: Sendable {
    /// What it is chosen by.
    public let name: String
    /// One line for lists.
    public let summary: String
    /// The least height and width of images, in pixels.
    public let minimumSize: Int
    /// For each feature map how many anchors of shapes of one's own it takes; nil where shapes cannot be chosen.
    public let anchorCounts: [Int]?
    private let make: @Sendable (_ classes: Int, _ anchors: DefaultBoxGenerator?) -> any Detector

    init(
        _ name: String, _ summary: String, minimumSize: Int, anchorCounts: [Int]? = nil,
        _ make:
            @escaping @Sendable (_ classes: Int, _ anchors: DefaultBoxGenerator?) -> any Detector
    ) {
        self.name = name
        self.summary = summary
        self.minimumSize = minimumSize
        self.anchorCounts = anchorCounts
        self.make = make
    }

    /// A model whose parameters have not been drawn yet: see `Module.initialize`.
    ///
    /// - Parameters:
    ///   - classes: the things to be found, the background not among them.
    ///   - anchors: shapes of one's own, as many as `anchorCounts` says; nil for the architecture's.
    public func build(classes: Int, anchors: DefaultBoxGenerator? = nil) -> any Detector {
        precondition(
            classes > 0 && (anchors == nil || anchors?.countsPerCell == anchorCounts),
            "\(name): expected a class or more and anchors \(anchorCounts ?? []), got \(classes) and "
                + "\(anchors?.countsPerCell ?? [])")
        return make(classes, anchors)
    }
}

/// The detectors there are.
public enum Detectors {
    /// In the order of lists.
    ///
    /// Those with a feature pyramid stand on a ResNet-18 and are sized for images of a few hundred pixels: half of torchvision's
    /// channels, and anchors half as large. The types themselves make torchvision's.
    public static let all: [DetectorArchitecture] = [
        DetectorArchitecture(
            "ssd", "SSD on a ResNet-18 of its own, four feature maps", minimumSize: 64,
            anchorCounts: [6, 6, 6, 6]
        ) { SSD(classes: $0, anchors: $1 ?? SSD.defaultAnchors) },
        DetectorArchitecture(
            "ssd300", "SSD on a VGG-16, six feature maps, as torchvision's ssd300_vgg16",
            minimumSize: 300
        ) { classes, _ in SSD300(classes: classes) },
        DetectorArchitecture(
            "ssdlite", "SSDLite on a MobileNetV3, as torchvision's ssdlite320_mobilenet_v3_large",
            minimumSize: 64
        ) { classes, _ in SSDLite(classes: classes) },
        DetectorArchitecture(
            "retinanet", "RetinaNet: a feature pyramid and the focal loss", minimumSize: 64
        ) { classes, _ in
            RetinaNet(
                classes: classes,
                backbone: PyramidBackbone(
                    channels: channels, firstStage: 1, extra: .convolvedStage),
                anchors: AnchorGenerator(
                    sizes: [16, 32, 64, 128, 256].map { size in
                        [0, 1, 2].map { size * pow(2, Double($0) / 3) }
                    }, aspectRatios: Array(repeating: [0.5, 1, 2], count: 5)))
        },
        DetectorArchitecture(
            "fcos", "FCOS: a feature pyramid and no anchors", minimumSize: 64
        ) { classes, _ in
            FCOS(
                classes: classes,
                backbone: PyramidBackbone(channels: channels, firstStage: 1, extra: .convolvedMap))
        },
        DetectorArchitecture(
            "faster-rcnn", "Faster R-CNN: proposals on a feature pyramid, judged one by one",
            minimumSize: 64
        ) { classes, _ in
            FasterRCNN(
                classes: classes,
                backbone: PyramidBackbone(channels: channels, firstStage: 0, extra: .subsampled),
                anchors: AnchorGenerator(
                    sizes: [[16], [32], [64], [128], [256]],
                    aspectRatios: Array(repeating: [0.5, 1, 2], count: 5)), width: 512)
        },
    ]

    private static let channels = 128

    /// The one of a name.
    public static func named(_ name: String) -> DetectorArchitecture? {
        all.first { $0.name == name }
    }
}
