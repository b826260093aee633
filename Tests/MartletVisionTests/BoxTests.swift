import Foundation
import Martlet
import MartletMetrics
import MartletNN
import MartletVision
import Testing

/// What torchvision made of boxes: see `make_detection.py`.
struct TorchvisionBoxes: Decodable {
    struct Numbers: Decodable {
        let shape: [Int]
        let values: [Double]
        var tensor: Tensor { Tensor(values).reshape(shape) }
    }
    struct Case: Decodable {
        let inputs: [Numbers]
        let value: Numbers
        let gradients: [Numbers]
    }
    struct Suppression: Decodable {
        let boxes: Numbers
        let scores: [Float]
        let labels: [Int]
        struct Result: Decodable {
            let threshold: Double
            let any, ofClass: [Int]
        }
        let results: [Result]
    }
    let functions: [String: Case]
    let suppression: [Suppression]
    let anchors: [String: Numbers]
    /// In an image of height 70 and width 90.
    let boxes: Numbers
    /// What becomes of them.
    let moved: [String: Numbers]

    static let all = Result {
        try JSONDecoder().decode(
            TorchvisionBoxes.self,
            from: Data(contentsOf: Fixtures.folder.appendingPathComponent("detection.json")))
    }
}

@Suite struct BoxTests {
    private static let coder = BoxCoder()
    private static let functions: [String: @Sendable ([Tensor]) -> Tensor] = {
        var all: [String: @Sendable ([Tensor]) -> Tensor] = [
            "iou": { Boxes.iou($0[0], $0[1]) },
            "generalizedIoU": { Boxes.generalizedIoU($0[0], $0[1]) },
            "distanceIoU": { Boxes.distanceIoU($0[0], $0[1]) },
            "completeIoU": { Boxes.completeIoU($0[0], $0[1]) },
            "area": { Boxes.area($0[0]) },
            "clip": { Boxes.clip($0[0], height: 70, width: 60) },
            "generalizedIoULoss": { generalizedIoULoss($0[0], $0[1]) },
            "distanceIoULoss": { distanceIoULoss($0[0], $0[1]) },
            "completeIoULoss": { completeIoULoss($0[0], $0[1]) },
            "encode": { coder.encode($0[0], anchors: $0[1]) },
            "decode": { coder.decode($0[0], anchors: $0[1]) },
        ]
        for from in BoxFormat.allCases {
            for to in BoxFormat.allCases {
                all["convert \(from) \(to)"] = {
                    Boxes.convert($0[0], from: from, to: to) + $0[0] * 0
                }
            }
        }
        return all
    }()

    /// Values and gradients.
    @Test(arguments: functions.keys.sorted())
    func equalsTorchvision(_ name: String) throws {
        let expected = try #require(try TorchvisionBoxes.all.get().functions[name])
        let function = try #require(Self.functions[name])
        let inputs = expected.inputs.map { $0.tensor.requiringGrad() }
        let value = function(inputs)
        #expect(value.allClose(expected.value.tensor, rtol: 1e-9, atol: 1e-9), "\(value)")
        let upstream = Tensor.linspace(-1, 1, count: value.count, dtype: .float64)
            .reshape(value.shape)
        let gradients = grad(outputs: [(value * upstream).sum()], inputs: inputs)
        for (gradient, truth) in zip(gradients, expected.gradients) {
            #expect(gradient.allClose(truth.tensor, rtol: 1e-7, atol: 1e-9), "\(gradient)")
        }
    }

    @Test func everyFixtureIsTested() throws {
        #expect(Set(try TorchvisionBoxes.all.get().functions.keys) == Set(Self.functions.keys))
    }

    @Test func suppressionEqualsTorchvision() throws {
        for here in try TorchvisionBoxes.all.get().suppression {
            let boxes = here.boxes.tensor.to(.float32).reshape([-1, 4])
            let (scores, labels) = (Tensor(here.scores), Tensor(here.labels))
            for result in here.results {
                let any = Suppression.nonMaximum(boxes, scores: scores, threshold: result.threshold)
                #expect(any.array(as: Int.self) == result.any)
                let ofClass = Suppression.nonMaximum(
                    boxes, scores: scores, labels: labels, threshold: result.threshold)
                #expect(ofClass.array(as: Int.self) == result.ofClass)
            }
        }
    }

    @Test func equalScoresStayInOrder() {
        let boxes = Tensor([
            [0.0, 0, 10, 10], [0, 0, 10, 10], [50, 50, 60, 60], [50, 50, 60, 60],
        ])
        let kept = Suppression.nonMaximum(boxes, scores: Tensor([1.0, 1, 2, 2]), threshold: 0.5)
        #expect(kept.array(as: Int.self) == [2, 0])
    }

    @Test func softSuppressionLowersScores() {
        // The second overlaps the first with 1/3, the third stands apart.
        let boxes = Tensor([[0.0, 0, 10, 10], [5, 0, 15, 10], [40, 40, 50, 50]])
        let (places, scores) = Suppression.soft(boxes, scores: Tensor([0.9, 0.8, 0.7] as [Float]))
        #expect(places.array(as: Int.self) == [0, 2, 1])
        let values = scores.array(as: Double.self)
        #expect(abs(values[2] - 0.8 * exp(-1 / 9 / 0.5)) < 1e-6 && abs(values[1] - 0.7) < 1e-6)
        let apart = Suppression.soft(
            boxes, scores: Tensor([0.9, 0.8, 0.7] as [Float]), labels: Tensor([0, 1, 0]))
        #expect(apart.places.array(as: Int.self) == [0, 1, 2])
    }

    @Test func codesReturnBoxes() {
        var generator = Generator(seed: 5)
        let corner = Tensor.rand([20, 2], generator: &generator) * 100
        let boxes = Tensor.cat([corner, corner + 5], dim: 1)
        let anchors = Boxes.convert(boxes * 1.1, from: .cxcywh, to: .xyxy)
        let coder = BoxCoder(weights: [1, 2, 3, 4])
        let back = coder.decode(coder.encode(boxes, anchors: anchors), anchors: anchors)
        #expect(back.allClose(boxes, rtol: 1e-4, atol: 1e-3))
    }

    private static let moves: [String: any DrawnTransform] = {
        func fixed<T: Transform>(_ transform: T) -> any DrawnTransform {
            var generator = Generator(seed: 1)
            return transform.drawn(for: ImageSize(height: 70, width: 90), generator: &generator)
        }
        let square = [(0.0, 0.0), (90, 0), (90, 70), (0, 70)].map { (x: $0.0, y: $0.1) }
        let corners = [(5.0, 3.0), (80, 10), (85, 60), (2, 66)].map { (x: $0.0, y: $0.1) }
        let rect = PixelRect(top: 10, left: 20, height: 40, width: 50)
        let size = ImageSize(height: 70, width: 90)
        return [
            "flip": fixed(RandomHorizontalFlip(p: 1)), "flipDown": fixed(RandomVerticalFlip(p: 1)),
            "resize": fixed(Resize(.exactly(ImageSize(height: 35, width: 30)))),
            "shorterSide": fixed(Resize(140)),
            "centerCrop": fixed(CenterCrop(ImageSize(height: 40, width: 50))),
            "pad": fixed(Pad(Padding(left: 3, top: 4, right: 5, bottom: 6))),
            "crop": Chosen(RandomCrop(rect.size), rect, size),
            "resizedCrop": Chosen(
                RandomResizedCrop(ImageSize(height: 80, width: 75)), rect, size),
            "rotate": fixed(RandomRotation(degrees: 30...30)),
            "affine": Chosen(
                RandomAffine(),
                PlaneMap(angle: 20, translate: (5, -3), scale: 1.2, shear: (10, 5), size: size),
                size),
            "perspective": Chosen(
                RandomPerspective(), PlaneMap(showing: square, at: corners), size),
        ]
    }()

    @Test(arguments: moves.keys.sorted())
    func boxesMoveAsInTorchvision(_ name: String) throws {
        let fixture = try TorchvisionBoxes.all.get()
        let expected = try #require(fixture.moved[name]).values
        let transform = try #require(Self.moves[name])
        let size = transform.outputSize
        let bounds = Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
        let values = stride(from: 0, to: fixture.boxes.values.count, by: 4).flatMap {
            at -> [Double] in
            let c = fixture.boxes.values[at..<at + 4].map { $0 }
            let box = transform.move(Box(left: c[0], top: c[1], right: c[2], bottom: c[3]))
                .clipped(to: bounds)
            return [box.x, box.y, box.right, box.bottom]
        }
        for (one, other) in zip(values, expected) where abs(one - other) > 1e-3 {
            Issue.record("expected \(expected), got \(values)")
            break
        }
        #expect(values.count == expected.count)
    }

    @Test func boxesThatLeaveTheImageAreDropped() {
        var generator = Generator(seed: 1)
        let crop = CenterCrop(ImageSize(height: 40, width: 40))
            .drawn(for: ImageSize(height: 80, width: 80), generator: &generator)
        let boxes = [
            Box(x: 30, y: 30, width: 10, height: 10), Box(x: 0, y: 0, width: 10, height: 10),
            Box(x: 10, y: 30, width: 20, height: 10), Box(x: 59.5, y: 30, width: 0.9, height: 10),
        ]
        let kept = crop.kept(boxes, visible: 0.5)
        #expect(kept.map(\.index) == [0, 2])
        #expect(
            kept.map(\.box) == [
                Box(x: 10, y: 10, width: 10, height: 10), Box(x: 0, y: 10, width: 10, height: 10),
            ])
        #expect(crop.kept(boxes, visible: 0.6).map(\.index) == [0])
    }
}

/// A transform with a draw of the test's choice.
private struct Chosen<T: Transform>: DrawnTransform {
    let transform: T
    let parameters: T.Parameters
    let size: ImageSize

    init(_ transform: T, _ parameters: T.Parameters, _ size: ImageSize) {
        self.transform = transform
        self.parameters = parameters
        self.size = size
    }

    func apply(to image: Image) -> Image { transform.apply(parameters, to: image) }
    func move(_ point: Point) -> Point { transform.move(point, parameters, of: size) }
    var outputSize: ImageSize { transform.outputSize(parameters, of: size) }
}
