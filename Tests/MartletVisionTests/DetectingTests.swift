import Martlet
import MartletNN
import MartletVision
import Testing

@Suite struct DetectingTests {
    private let boxes = Tensor([
        Float(0), 0, 10, 10, 1, 0, 11, 10, 20, 20, 30, 30, 0, 1, 10, 11,
    ]).reshape([4, 4])
    private let scores = Tensor([Float(0.9), 0.3, 0.8, 0.6, 0.05, 0.7, 0.4, 0.75]).reshape([4, 2])

    @Test func theSurestOfEachClassStay() {
        let found = DetectionSelection(score: 0.1, overlap: 0.5)(boxes: boxes, scores: scores)
        // Class 0: box 0 takes away 1 and 3. Class 1: box 3 takes away 0 and 1, box 2 stays.
        #expect(found.scores.array(as: Float.self) == [0.9, 0.75, 0.7])
        #expect(found.labels.array(as: Int.self) == [0, 1, 1])
        #expect(found.boxes[1].array(as: Float.self) == [0, 1, 10, 11])
        #expect(found.boxes[2].array(as: Float.self) == [20, 20, 30, 30])
    }

    @Test func scoresAreAboveTheLeast() {
        let found = DetectionSelection(score: 0.75, overlap: 1)(boxes: boxes, scores: scores)
        #expect(found.scores.array(as: Float.self) == [0.9, 0.8])
        let none = DetectionSelection(score: 0.95)(boxes: boxes, scores: scores)
        #expect(none.boxes.shape == [0, 4] && none.scores.shape == [0] && none.labels.shape == [0])
    }

    @Test func noMoreOfAClassThanTheLimit() {
        let found = DetectionSelection(score: 0, overlap: 1, limit: 2)(
            boxes: boxes, scores: scores)
        #expect(found.labels.array(as: Int.self) == [0, 0, 1, 1])
    }

    /// What an exported graph gives is what `detect` finds, in another order.
    @Test func detectionsOfABatchAreThoseOfItsImages() {
        let detector = SSD(classes: 3)
        detector.initialize(Generator(seed: 3))
        var generator = Generator(seed: 4)
        let images = Tensor.randn([2, 3, 64, 96], generator: &generator)
        let selection = DetectionSelection(score: 0.3, limit: 5)
        let outputs = detector.detections(images, selection, .inference)
        let found = detector.detect(images, selection, .inference)
        let rows = outputs[0].array(as: Int.self)
        #expect(rows == rows.sorted() && !rows.isEmpty)
        for (image, objects) in found.enumerated() {
            let here = rows.indices.filter { rows[$0] == image }
            #expect(here.count == objects.scores.count)
            let scores = here.map { outputs[3][$0].item(as: Float.self) }
            #expect(scores.sorted(by: >) == objects.scores.array(as: Float.self))
        }
        for box in 0..<outputs[1].shape[0] {
            let four = outputs[1][box].array(as: Float.self)
            #expect(four[0] >= 0 && four[1] >= 0 && four[2] <= 96 && four[3] <= 64)
        }
    }
}
