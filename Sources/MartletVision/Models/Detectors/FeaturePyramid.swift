public import Martlet
public import MartletNN

/// Feature maps of several sizes that all know what the coarsest knows: each is a 1 x 1 convolution of a stage's
/// features plus the coarser map at twice its size, smoothed by a 3 x 3 convolution (Lin et al., "Feature pyramid
/// networks for object detection", 2017).
///
/// Names are those of torchvision's `FeaturePyramidNetwork`.
public final class FeaturePyramid: Module {
    /// What comes after the coarsest map.
    public enum ExtraLevels: Sendable, Equatable {
        /// Nothing.
        case none
        /// Every second cell of it: Faster R-CNN's.
        case subsampled
        /// Two maps by strided convolutions of the last stage's features: RetinaNet's P6 and P7.
        case convolvedStage
        /// Two maps by strided convolutions of the coarsest map: FCOS's.
        case convolvedMap

        /// How many maps come after.
        var count: Int {
            switch self {
            case .none: 0
            case .subsampled: 1
            case .convolvedStage, .convolvedMap: 2
            }
        }
    }

    /// The 1 x 1 convolutions, the finest stage's first.
    public let innerBlocks: [Sequential]
    /// The 3 x 3 convolutions, the finest map's first.
    public let layerBlocks: [Sequential]
    /// What makes the maps after the coarsest, where they are convolved.
    public let extraBlocks: StridedLevels?
    private let extra: ExtraLevels

    /// - Parameters:
    ///   - inChannels: of the stages, the finest first.
    ///   - outChannels: of every map.
    public init(inChannels: [Int], outChannels: Int, extra: ExtraLevels = .none) {
        precondition(!inChannels.isEmpty, "FeaturePyramid: expected at least one stage")
        func block(_ inputs: Int, _ kernel: Int) -> Sequential {
            Sequential(
                Conv2d(inputs, outChannels, kernelSize: kernel, padding: kernel / 2)
                    .starting(from: .evenVariance))
        }
        innerBlocks = inChannels.map { block($0, 1) }
        layerBlocks = inChannels.map { _ in block(outChannels, 3) }
        extraBlocks =
            switch extra {
            case .none, .subsampled: nil
            case .convolvedStage: StridedLevels(inChannels[inChannels.count - 1], outChannels)
            case .convolvedMap: StridedLevels(outChannels, outChannels)
            }
        self.extra = extra
    }

    /// How many maps it makes.
    public var levels: Int { innerBlocks.count + extra.count }

    /// Maps `(N, outChannels, H, W)` from the stages' features, the finest first.
    public func callAsFunction(_ stages: [Tensor], _ context: Context) -> [Tensor] {
        precondition(
            stages.count == innerBlocks.count,
            "FeaturePyramid: expected \(innerBlocks.count) stages, got \(stages.count)")
        var above: Tensor?
        var maps: [Tensor] = []
        for level in stages.indices.reversed() {
            var inner = innerBlocks[level](stages[level], context)
            if let above {
                inner = inner + above.interpolate(like: inner)
            }
            above = inner
            maps.append(layerBlocks[level](inner, context))
        }
        maps.reverse()
        let last = maps[maps.count - 1]
        switch extra {
        case .none: return maps
        case .subsampled: return maps + [MaxPool2d(kernelSize: 1, stride: 2)(last, context)]
        case .convolvedStage:
            return maps + (extraBlocks?(stages[stages.count - 1], context) ?? [])
        case .convolvedMap: return maps + (extraBlocks?(last, context) ?? [])
        }
    }
}

/// Two maps, each half as large as the one before, by strided convolutions (Lin et al., "Focal loss for dense object
/// detection", 2017, section 4).
public final class StridedLevels: Module {
    public let p6: Conv2d
    public let p7: Conv2d

    init(_ inChannels: Int, _ outChannels: Int) {
        func halving(_ inputs: Int) -> Conv2d {
            Conv2d(inputs, outChannels, kernelSize: 3, stride: 2, padding: 1)
                .starting(from: .evenVariance)
        }
        p6 = halving(inChannels)
        p7 = halving(outChannels)
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> [Tensor] {
        let first = p6(x, context)
        return [first, p7(first.relu(), context)]
    }
}

/// The stages of a ResNet-18 with a feature pyramid on them: what RetinaNet, FCOS and Faster R-CNN begin with.
///
/// Names are those of torchvision's `BackboneWithFPN`.
public final class PyramidBackbone: Module {
    public let body: ResNet18Stages
    public let fpn: FeaturePyramid
    /// Of every map.
    public let channels: Int
    private let first: Int

    /// - Parameters:
    ///   - width: channels of the body's first stage.
    ///   - channels: of every map of the pyramid.
    ///   - firstStage: the finest stage that is used, 0 to 3.
    ///   - extra: what comes after the coarsest map.
    public init(
        width: Int = 64, channels: Int = 256, firstStage: Int, extra: FeaturePyramid.ExtraLevels
    ) {
        precondition(
            (0...3).contains(firstStage),
            "PyramidBackbone: expected a first stage of 0 to 3, got \(firstStage)")
        body = ResNet18Stages(width: width)
        fpn = FeaturePyramid(
            inChannels: Array(body.channels[firstStage...]), outChannels: channels, extra: extra)
        self.channels = channels
        first = firstStage
    }

    /// How many maps it makes.
    public var levels: Int { fpn.levels }

    /// Maps `(N, channels, H, W)` of images `(N, 3, H, W)`, the finest first.
    public func callAsFunction(_ images: Tensor, _ context: Context) -> [Tensor] {
        fpn(Array(body.stages(images, context)[first...]), context)
    }
}

extension Initializer {
    /// Uniform, so that a layer without what follows it keeps the variance of its inputs.
    static var evenVariance: Initializer { .kaimingUniform(nonlinearity: .leakyReLU(slope: 1)) }
}

extension Tensor {
    /// The size of images `(N, C, H, W)`.
    var imageSize: ImageSize { ImageSize(height: shape[2], width: shape[3]) }
}
