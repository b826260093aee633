import Foundation
import Martlet
import MartletData
import MartletNN
import MartletTesting
import MartletVision
import Testing

/// Narrow detectors, of three classes.
private enum Small {
    static let ratios = Array(repeating: [0.5, 1.0, 2], count: 5)

    static func retinaNet() -> RetinaNet {
        RetinaNet(
            classes: 3,
            backbone: PyramidBackbone(
                width: 4, channels: 16, firstStage: 1, extra: .convolvedStage),
            anchors: AnchorGenerator(
                sizes: [8, 16, 32, 48, 64].map { [$0, $0 * 1.25, $0 * 1.5] },
                aspectRatios: ratios))
    }

    static func fcos() -> FCOS {
        FCOS(
            classes: 3,
            backbone: PyramidBackbone(width: 4, channels: 16, firstStage: 1, extra: .convolvedMap),
            groups: 4)
    }

    static func fasterRCNN() -> FasterRCNN {
        let model = FasterRCNN(
            classes: 3,
            backbone: PyramidBackbone(width: 4, channels: 16, firstStage: 0, extra: .subsampled),
            anchors: AnchorGenerator(
                sizes: [[8], [16], [32], [48], [64]], aspectRatios: ratios),
            width: 32, pooling: PyramidRoIAlign(outputSize: 3, canonicalSize: 56))
        model.rpn.limit = (40, 40)
        return model
    }
}

@Suite struct DetectorTests {
    private let images = TorchvisionDetectors.images()
    private let targets = TorchvisionDetectors.targets
    private let training = Context.training(generator: Generator(seed: 1))

    private func candidates(
        _ model: some SingleShotDetector, _ expected: TorchvisionDetectors.Network, _ images: Tensor
    ) {
        let (boxes, scores) = noGrad { model.candidates(images, .inference) }
        typealias Network = TorchvisionDetectors.Network
        expectClose(
            Network.some(boxes, 1), expected.boxes.tensor.to(.float32), rtol: 1e-3, atol: 1e-2)
        expectClose(
            Network.some(scores, 1), expected.scores.tensor.to(.float32), rtol: 1e-3, atol: 1e-4)
    }

    @Test func retinaNetEqualsTorchvisions() throws {
        let model = Small.retinaNet()
        try TorchvisionDetectors.fill(model)
        let expected = try TorchvisionDetectors.network("retinanet")
        candidates(model, expected, images)
        freezeStatistics(of: model.backbone)
        try expected.check(
            model, model.loss(images, targets, training),
            parts: ["classes": "classification", "boxes": "bbox_regression"])
    }

    @Test func fcosEqualsTorchvisions() throws {
        let model = Small.fcos()
        try TorchvisionDetectors.fill(model)
        let expected = try TorchvisionDetectors.network("fcos")
        candidates(model, expected, images)
        freezeStatistics(of: model.backbone)
        try expected.check(
            model, model.loss(images, targets, training),
            parts: [
                "classes": "classification", "boxes": "bbox_regression",
                "centerness": "bbox_ctrness",
            ])
    }

    @Test func fasterRCNNEqualsTorchvisions() throws {
        let model = Small.fasterRCNN()
        // Everything is drawn, so that nothing is random.
        model.rpn.sampler.count = 10000
        model.roiHeads.sampler.count = 10000
        try TorchvisionDetectors.fill(model)
        let expected = try TorchvisionDetectors.network("faster-rcnn")
        let found = model.detect(
            images, DetectionSelection(score: 0.2, overlap: 0.5, limit: 100), .inference)
        for (found, truth) in zip(found, try #require(expected.found)) {
            #expect(found.labels.array(as: Int.self) == truth.labels)
            expectClose(found.boxes, truth.boxes.tensor.to(.float32), rtol: 1e-3, atol: 1e-2)
            expectClose(found.scores, truth.scores.tensor.to(.float32), rtol: 1e-3, atol: 1e-4)
        }
        freezeStatistics(of: model.backbone)
        try expected.check(
            model, model.loss(images, targets, training),
            parts: [
                "objectness": "loss_objectness", "proposals": "loss_rpn_box_reg",
                "classes": "loss_classifier", "boxes": "loss_box_reg",
            ])
    }

    private func freezeStatistics(of backbone: PyramidBackbone) {
        for (_, module) in backbone.body.namedModules() {
            (module as? BatchNorm)?.isFrozen = true
        }
    }

    private static let all: [(name: String, make: @Sendable () -> any Detector)] = [
        ("RetinaNet", { Small.retinaNet() }), ("FCOS", { Small.fcos() }),
        ("FasterRCNN", { Small.fasterRCNN() }),
    ]

    @Test(arguments: ["ssd300", "ssdlite"])
    func defaultBoxesEqualTorchvisions(_ name: String) throws {
        let expected = try TorchvisionDetectors.network(name)
        let model: any SingleShotDetector =
            name == "ssd300" ? SSD300(classes: 3, width: 4) : SSDLite(classes: 3, width: 0.25)
        try TorchvisionDetectors.fill(model)
        let images = TorchvisionDetectors.images(name == "ssd300" ? 300 : 320)[0..<1]
        candidates(model, expected, images)
        try expected.check(
            model, model.loss(images, [targets[0]], .inference),
            parts: ["classes": "classification", "boxes": "bbox_regression"])
    }

    /// Two images are learnt by heart, and what is in them is found.
    @Test(arguments: all.map(\.name))
    func learns(_ name: String) throws {
        let model = try #require(Self.all.first { $0.name == name }).make()
        model.initialize(Generator(seed: 2))
        var image = Image(height: 64, width: 64, fill: Color(grey: 90))
        image.fill(PixelRect(top: 10, left: 8, height: 30, width: 40), .red)
        let empty = Image(height: 64, width: 64, fill: Color(grey: 90))
        let images = Image.batch([image, empty], .imageNet)
        let targets = [
            DetectionTarget(
                boxes: Tensor([[8, 10, 48, 40]] as [[Float]]), labels: Tensor([1])),
            targets[1],
        ]
        let parameters = model.parameters()
        var moments = parameters.map { (Tensor.zeros($0.shape), Tensor.zeros($0.shape)) }
        var first: Float?
        var last: Float = 0
        for step in 1...100 {
            let context = Context.training(generator: Generator(seed: 1).stream("step", step))
            let loss = model.loss(images, targets, context).total
            last = loss.item()
            first = first ?? last
            model.zeroGrad()
            loss.backward()
            // Adam.
            noGrad {
                for (index, parameter) in parameters.enumerated() {
                    guard let gradient = parameter.grad else {
                        Issue.record("no gradient reaches parameter \(index)")
                        continue
                    }
                    var (mean, square) = moments[index]
                    mean = mean * 0.9 + gradient * 0.1
                    square = square * 0.99 + gradient.square() * 0.01
                    moments[index] = (mean, square)
                    let size = (square / (1 - pow(0.99, Double(step)))).sqrt() + 1e-8
                    parameter.value =
                        parameter.value - mean / size * (0.003 / (1 - pow(0.9, Double(step))))
                }
            }
        }
        #expect(last < 0.3 * (first ?? 0), "the loss went from \(first ?? 0) to \(last)")
        model.parameters().forEach { $0.grad = nil }
        let found = model.detect(images, DetectionSelection(score: 0.3), .inference)
        #expect(found[1].scores.count == 0)
        let best = try #require(found[0].labels.array(as: Int.self).first)
        #expect(best == 1)
        #expect(
            Boxes.iou(found[0].boxes[0..<1], targets[0].boxes).item(as: Double.self) > 0.5)
    }

    @Test(arguments: all.map(\.name))
    func drawsTheSameFromTheSameGenerator(_ name: String) throws {
        func total(_ seed: UInt64) throws -> Float {
            let model = try #require(Self.all.first { $0.name == name }).make()
            (model as? FasterRCNN)?.rpn.sampler.count = 16
            (model as? FasterRCNN)?.roiHeads.sampler.count = 8
            model.initialize(Generator(seed: 2))
            return model.loss(images, targets, .training(generator: Generator(seed: seed))).total
                .item()
        }
        let one = try total(5)
        #expect(try total(5) == one)
        if name == "FasterRCNN" { #expect(try total(6) != one) }
    }

    @Test(arguments: all.map(\.name))
    func batchesWithoutBoxesAndWithoutFindingsAreSafe(_ name: String) throws {
        let model = try #require(Self.all.first { $0.name == name }).make()
        model.initialize(Generator(seed: 2))
        let loss = model.loss(images, [targets[1], targets[1]], training)
        #expect(loss.total.isFinite().item(as: Bool.self))
        loss.total.backward()
        let found = model.detect(images, DetectionSelection(score: 0.9999), .inference)
        #expect(found.map(\.boxes.shape) == [[0, 4], [0, 4]])
    }

    /// For the whole batch in one row there is what there is image by image.
    @Test(arguments: all.map(\.name))
    func batchesInOneRowSayTheSame(_ name: String) throws {
        let model = try #require(Self.all.first { $0.name == name }).make()
        try TorchvisionDetectors.fill(model)
        let selection = DetectionSelection(score: 0.3, overlap: 0.5, limit: 20)
        let found = model.detect(images, selection, .inference)
        let row = noGrad { model.detections(images, selection, .inference) }
        let image = row[0].array(as: Int.self)
        for (index, found) in found.enumerated() {
            let places = Tensor(image.indices.filter { image[$0] == index })
            let scores = row[3].indexSelect(dim: 0, places)
            #expect(found.scores.count == places.count && places.count > 0)
            // By label there, by score here.
            let order = scores.argsort(dim: 0, descending: true)
            expectClose(scores.indexSelect(dim: 0, order), found.scores)
            #expect(
                row[1].indexSelect(dim: 0, places).sum().allClose(found.boxes.sum(), rtol: 1e-5))
            #expect(
                row[2].indexSelect(dim: 0, places).array(as: Int.self)
                    == found.labels.array(as: Int.self).sorted())
        }
    }

    @Test func defaultsHaveTheSizeOfTorchvisions() {
        #expect(RetinaNet(classes: 91).parameterCount == 21_638_295)
        #expect(FCOS(classes: 91).parameterCount == 19_303_072)
        #expect(FasterRCNN(classes: 90).parameterCount == 28_739_606)
        #expect(SSD300(classes: 90).parameterCount == 35_641_826)
        #expect(SSDLite(classes: 90).parameterCount == 3_440_060)
    }

    /// torchvision's networks of full size, from state dicts that `Tests/Reference/detectors.py` wrote.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["MARTLET_DETECTORS"] != nil),
        arguments: ["retinanet", "fcos", "faster-rcnn", "ssd300", "ssdlite"])
    func wholeNetworksEqualTorchvisions(_ name: String) throws {
        let folder = try #require(ProcessInfo.processInfo.environment["MARTLET_DETECTORS"])
        let model: any Detector =
            switch name {
            case "retinanet": RetinaNet(classes: 20)
            case "fcos": FCOS(classes: 20)
            case "faster-rcnn": FasterRCNN(classes: 20)
            case "ssd300": SSD300(classes: 20)
            default: SSDLite(classes: 20)
            }
        try model.load(state: Weights.read("\(folder)/\(name).pth").dictionary)
        let values = try Weights.read("\(folder)/\(name)-values.pth").dictionary
        let images = try #require(values["input"])
        let (boxes, scores) = try (#require(values["boxes"]), #require(values["scores"]))
        let found: (boxes: Tensor, scores: Tensor)
        if let model = model as? any SingleShotDetector {
            let all = noGrad { model.candidates(images, .inference) }
            found = (all.boxes[0], all.scores[0])
        } else {
            let all = model.detect(
                images, DetectionSelection(score: 0.2, overlap: 0.5, limit: 100), .inference)[0]
            found = (all.boxes[0..<boxes.shape[0]], all.scores[0..<boxes.shape[0]])
        }
        let apart = [(found.boxes, boxes), (found.scores, scores)].map { one, other in
            (one - other).abs().max().item(as: Double.self)
        }
        print(
            "\(name): \(boxes.shape[0]) boxes within \(apart[0]) pixels, scores within \(apart[1])")
        #expect(found.boxes.allClose(boxes, rtol: 1e-3, atol: 0.05), "\(apart[0])")
        #expect(found.scores.allClose(scores, rtol: 1e-3, atol: 1e-3), "\(apart[1])")
    }

    @Test func bodiesLoadTheWeightsOfClassifiers() throws {
        let weights = try Weights.read(
            Fixtures.folder.appendingPathComponent("resnet18.pth").path
        ).dictionary
        let body = PyramidBackbone(width: 2, channels: 4, firstStage: 0, extra: .none).body
        let report = try body.load(state: weights, strict: false)
        #expect(report.missing.isEmpty && report.mismatched.isEmpty)
        #expect(report.unexpected == ["fc.bias", "fc.weight"])
        body.freeze(stages: 2)
        let trained = body.namedParameters().filter { !$0.parameter.isFrozen }.map(\.name)
        #expect(trained.allSatisfy { $0.hasPrefix("layer3") || $0.hasPrefix("layer4") })
        #expect(trained.count == 30)
        let before = body.bn1.runningMean.value
        _ = body.stages(images, training)
        #expect(body.bn1.runningMean.value.allClose(before))
    }
}
