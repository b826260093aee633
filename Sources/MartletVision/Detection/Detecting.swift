public import Martlet
public import MartletNN

extension SingleShotDetector {
    /// The surest candidates of each image, overlaps within a class suppressed.
    public func detect(
        _ images: Tensor, _ selection: DetectionSelection, _ context: Context
    ) -> [FoundObjects] {
        let (boxes, scores) = noGrad { candidates(images, context) }
        return (0..<images.shape[0]).map { selection(boxes: boxes[$0], scores: scores[$0]) }
    }
}

extension DetectionSelection {
    /// What is left of an image's candidates: those above the least score, and of those of a class that overlap the
    /// surer one; the surest first.
    ///
    /// - Parameters:
    ///   - boxes: `(A, 4)`, `.xyxy`, or `(A, classes, 4)` where each class has boxes of its own.
    ///   - scores: `(A, classes)`.
    public func callAsFunction(boxes: Tensor, scores: Tensor) -> FoundObjects {
        let found = places(boxes: boxes, scores: scores)
        // Of equal scores the one that came first stands first.
        let sorted = found.indices.sorted {
            found[$0].score == found[$1].score ? $0 < $1 : found[$0].score > found[$1].score
        }.map { found[$0] }
        let rows = boxes.reshape([-1, 4])
        return FoundObjects(
            boxes: rows.indexSelect(dim: 0, Tensor(sorted.map(\.row))),
            scores: Tensor(sorted.map(\.score)), labels: Tensor(sorted.map(\.label)))
    }

    /// Which of an image's candidates are left, class by class, the surest of each first; `row` is where the box is
    /// among all.
    func places(boxes: Tensor, scores: Tensor) -> [(row: Int, label: Int, score: Float)] {
        precondition(
            scores.ndim == 2
                && (boxes.shape == [scores.shape[0], 4] || boxes.shape == scores.shape + [4]),
            "DetectionSelection: expected boxes (A, 4) or (A, classes, 4) and scores (A, classes), got "
                + "\(boxes.shape) and \(scores.shape)")
        let classes = scores.shape[1]
        // How many scores belong to a box.
        let shared = boxes.ndim == 2 ? classes : 1
        let scores = scores.array(as: Float.self)
        let boxes = boxes.array(as: Float.self)
        let least = Float(score)
        var byClass = [[Int]](repeating: [], count: classes)
        for place in scores.indices where scores[place] > least {
            byClass[place % classes].append(place)
        }
        return byClass.enumerated().flatMap { label, places in
            let candidates = Candidates(
                boxes: places.flatMap { boxes[$0 / shared * 4..<$0 / shared * 4 + 4] },
                scores: places.map { scores[$0] })
            return candidates.kept(threshold: overlap, limit: limit)
                .map { (places[$0] / shared, label, candidates.scores[$0]) }
        }
    }
}
