internal import Martlet

/// What the anchors of a batch are to find; those of all images are in one row.
struct MatchedAnchors {
    /// Those that are to find a box; where they are among an image's anchors; their images; and the classes of what they
    /// find.
    private(set) var places: [Int] = []
    private(set) var anchors: [Int] = []
    private(set) var images: [Int] = []
    private(set) var labels: [Int] = []
    /// What each of `places` is to find, `(P, 4)`.
    let boxes: Tensor
    /// Those that are to find nothing.
    private(set) var background: [Int] = []
    /// How many are to find a box, by image.
    private(set) var positives: [Int]
    /// How many anchors there are.
    private let total: Int

    /// - Parameters:
    ///   - targets: one for each image.
    ///   - count: anchors of an image.
    ///   - match: for each anchor the place of a box, or what `AnchorMatcher` calls those that find none.
    init(_ targets: [DetectionTarget], count: Int, match: (DetectionTarget) -> [Int]) {
        total = targets.count * count
        positives = Array(repeating: 0, count: targets.count)
        var numbers: [Float] = []
        for (image, target) in targets.enumerated() {
            let classes = target.labels.array(as: Int.self)
            let boxes = target.boxes.array(as: Float.self)
            let first = image * count
            for (anchor, box) in match(target).enumerated() {
                switch box {
                case AnchorMatcher.background: background.append(first + anchor)
                case AnchorMatcher.ignored: break
                default:
                    places.append(first + anchor)
                    anchors.append(anchor)
                    images.append(image)
                    labels.append(classes[box])
                    numbers += boxes[4 * box..<4 * box + 4]
                    positives[image] += 1
                }
            }
        }
        boxes = Tensor(numbers, shape: [places.count, 4])
    }

    /// 1 where an anchor is to find something of a class, else 0: `(anchors of the batch, classes)`.
    func oneHot(classes: Int) -> Tensor {
        var numbers = [Float](repeating: 0, count: total * classes)
        for (place, label) in zip(places, labels) {
            precondition(
                (0..<classes).contains(label),
                "DetectionTarget: expected labels of \(classes) classes, got \(label)")
            numbers[place * classes + label] = 1
        }
        return Tensor(numbers, shape: [total, classes])
    }
}
