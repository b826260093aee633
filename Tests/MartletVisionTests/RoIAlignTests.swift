import Martlet
import MartletTesting
import MartletVision
import Testing

@Suite struct RoIAlignTests {
    private func boxes(_ fixture: TorchvisionDetectors.Pooled) -> [Tensor] {
        let all = fixture.boxes.tensor
        return [all[0], all[1]]
    }

    @Test func valuesAndGradientsEqualTorchvisions() throws {
        let fixture = try TorchvisionDetectors.all.get().pooled
        for expected in fixture.cases {
            let features = fixture.features.tensor.requiringGrad()
            let value = features.roiAlign(
                boxes(fixture),
                outputSize: ImageSize(height: expected.size[0], width: expected.size[1]),
                spatialScale: expected.scale,
                samplingRatio: expected.ratio > 0 ? expected.ratio : nil, aligned: expected.aligned)
            expectClose(value.detach(), expected.value.tensor, rtol: 1e-6, atol: 1e-6)
            let upstream = Tensor.linspace(-1, 1, count: value.count, dtype: .float64)
                .reshape(value.shape)
            (value * upstream).sum().backward()
            let gradient = try #require(features.grad)
            expectClose(gradient, expected.gradient.tensor, rtol: 1e-5, atol: 1e-6)
        }
    }

    @Test func gradientsAreThoseOfDifferences() throws {
        let fixture = try TorchvisionDetectors.all.get().pooled
        let boxes = boxes(fixture)
        gradcheck(fixture.features.tensor) {
            $0[0].roiAlign(boxes, outputSize: 2, spatialScale: 0.25, aligned: true)
        }
        // A linear map of the features: only a square has second derivatives.
        gradgradcheck(fixture.features.tensor) {
            $0[0].roiAlign(boxes, outputSize: 2, spatialScale: 0.25, samplingRatio: 1).square()
        }
    }

    @Test func everyTypeAndLayoutGivesTheSame() throws {
        let fixture = try TorchvisionDetectors.all.get().pooled
        let boxes = boxes(fixture)
        func pooled(_ features: Tensor) -> Tensor {
            features.roiAlign(boxes, outputSize: 3, spatialScale: 0.25, samplingRatio: 2)
        }
        let features = fixture.features.tensor
        let expected = pooled(features)
        let single = features.to(.float32)
        expectClose(pooled(single), expected.to(.float32), rtol: 1e-5, atol: 1e-5)
        expectClose(pooled(single.channelsLast()), expected.to(.float32), rtol: 1e-5, atol: 1e-5)
        let half = pooled(features.to(.float16))
        #expect(half.dtype == .float16)
        #expect(half.to(.float64).allClose(expected, rtol: 1e-2, atol: 1e-2))
    }

    @Test func imagesWithoutBoxesGiveNothing() {
        let features = Tensor.ones([2, 3, 4, 4]).requiringGrad()
        let none = features.roiAlign(
            [Tensor.zeros([0, 4]), Tensor.zeros([0, 4])], outputSize: 2)
        #expect(none.shape == [0, 3, 2, 2])
        let one = features.roiAlign(
            [Tensor.zeros([0, 4]), Tensor([[0, 0, 4, 4]] as [[Float]])], outputSize: 2)
        #expect(one.shape == [1, 3, 2, 2])
        one.sum().backward()
        #expect(features.grad?[0].abs().sum().item() == 0)
        #expect(features.grad?[1].sum().item() == 12)
    }

    @Test func boxesAreSentToTheLevelThatSuitsThem() throws {
        let fixture = try TorchvisionDetectors.all.get().pooled
        let levels = (0..<3).map {
            TorchvisionDetectors.noise([2, 2, 32 >> $0, 32 >> $0], $0).to(.float32)
        }
        let many = fixture.many.tensor.to(.float32)
        let pooling = PyramidRoIAlign(outputSize: 2, canonicalSize: 64)
        let value = pooling(
            levels, boxes: [many, many.flip([0])], image: ImageSize(128))
        expectClose(value, fixture.pyramid.tensor.to(.float32), rtol: 1e-5, atol: 1e-5)
        let none = pooling(
            levels, boxes: [Tensor.zeros([0, 4]), Tensor.zeros([0, 4])], image: ImageSize(128))
        #expect(none.shape == [0, 2, 2, 2])
    }
}
