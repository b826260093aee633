import Martlet
import MartletVision
import Testing

@Suite struct AnchorTests {
    private let maps = [Tensor.zeros([2, 5, 3, 4]), Tensor.zeros([2, 7, 2, 2])]
    private let images = Tensor.zeros([2, 3, 96, 128])

    private func expect(_ anchors: Tensor, _ name: String) throws {
        let expected = try #require(try TorchvisionBoxes.all.get().anchors[name]).tensor
        #expect(anchors.to(.float64).allClose(expected, rtol: 1e-6, atol: 1e-4), "\(anchors)")
    }

    @Test func gridsEqualTorchvisions() throws {
        let generator = AnchorGenerator(
            sizes: [[32, 45.5], [64, 91]], aspectRatios: [[0.5, 1, 2], [0.7, 1, 1.3]])
        #expect(generator.countsPerCell == [6, 6])
        try expect(generator(maps: maps, images: images), "grid")
    }

    @Test func defaultBoxesEqualTorchvisions() throws {
        let generator = DefaultBoxGenerator(
            aspectRatios: [[2], [2, 3]], scales: [0.2, 0.5, 1.1])
        #expect(generator.countsPerCell == [4, 6])
        let extent = CellGrid.extent(of: images)
        try expect(generator(maps: maps, images: images) * extent, "default")
        try expect(
            generator(maps: maps, images: images, steps: [30, 60], clip: false) * extent,
            "stepped")
    }

    @Test func clustersAreFound() {
        var generator = Generator(seed: 4)
        let truths = [(10.0, 12.0), (40, 20), (25, 90)]
        let boxes = (0..<300).map { index in
            DefaultBoxGenerator.Shape(
                width: truths[index % 3].0 * generator.uniform(0.9, 1.1),
                height: truths[index % 3].1 * generator.uniform(0.9, 1.1))
        }
        let found = AnchorClustering(of: boxes, count: 3, generator: &generator)
        for (shape, truth) in zip(found.shapes, truths) {
            #expect(abs(shape.width / truth.0 - 1) < 0.05)
            #expect(abs(shape.height / truth.1 - 1) < 0.05)
        }
        #expect(found.meanIoU > 0.85)
        #expect(AnchorClustering.bestPossibleRecall(of: boxes, found.shapes) == 1)
        let one = [DefaultBoxGenerator.Shape(width: 40, height: 20)]
        let recall = AnchorClustering.bestPossibleRecall(of: boxes, one)
        #expect(abs(recall - 1.0 / 3) < 1e-9)
        // As many as there are different boxes, no more.
        #expect(AnchorClustering(of: one, count: 5, generator: &generator).shapes == one)
    }
}
