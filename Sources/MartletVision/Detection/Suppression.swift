public import Martlet
internal import Foundation

/// Choosing among boxes that overlap.
public enum Suppression {
    /// The places of the boxes that remain when each takes away those of lower scores that it overlaps with more than
    /// `threshold`, the surest first (non-maximum suppression).
    ///
    /// - Parameters:
    ///   - boxes: `(N, 4)`, `.xyxy`.
    ///   - scores: `(N)`; of equal ones the first stands first.
    ///   - threshold: of the intersection over the union.
    ///   - labels: `(N)`, the boxes' classes: boxes take away those of their own class alone. nil: whatever the class.
    /// - Returns: int64, by decreasing score.
    public static func nonMaximum(
        _ boxes: Tensor, scores: Tensor, labels: Tensor? = nil, threshold: Double
    ) -> Tensor {
        let candidates = Candidates(boxes, scores, labels, "Suppression.nonMaximum")
        return Tensor(candidates.kept(threshold: threshold))
    }

    /// The places of boxes and what their scores become when each, the surest first, lowers those it overlaps by
    /// exp(-overlap² / sigma) instead of taking them away (Bodla et al. 2017, the Gaussian form).
    ///
    /// - Parameters:
    ///   - boxes: `(N, 4)`, `.xyxy`.
    ///   - scores: `(N)`.
    ///   - labels: `(N)`; nil: whatever the class.
    ///   - sigma: the larger, the less is taken away.
    ///   - least: boxes whose score falls below are left out.
    /// - Returns: places (int64) and scores by decreasing score.
    public static func soft(
        _ boxes: Tensor, scores: Tensor, labels: Tensor? = nil, sigma: Double = 0.5,
        least: Double = 0.001
    ) -> (places: Tensor, scores: Tensor) {
        let candidates = Candidates(boxes, scores, labels, "Suppression.soft")
        var rest = candidates.order()
        var current = candidates.scores
        var kept: [Int] = []
        while let best = rest.indices.max(by: {
            (current[rest[$0]], -rest[$0]) < (current[rest[$1]], -rest[$1])
        }) {
            let index = rest.remove(at: best)
            guard Double(current[index]) >= least else { break }
            kept.append(index)
            for other in rest {
                let overlap = candidates.iou(index, other)
                current[other] *= Float(exp(-overlap * overlap / sigma))
            }
        }
        return (Tensor(kept), Tensor(kept.map { current[$0] }))
    }
}

/// Boxes and scores as numbers.
struct Candidates {
    /// Four numbers a box, `.xyxy`.
    let boxes: [Float]
    /// The boxes' scores.
    let scores: [Float]
    /// Their classes; nil: boxes are held against all others.
    let labels: [Int]?
    private let areas: [Float]

    /// Boxes, four numbers each, with a score each, of one class.
    init(boxes: [Float], scores: [Float], labels: [Int]? = nil) {
        self.boxes = boxes
        self.scores = scores
        self.labels = labels
        areas = scores.indices.map {
            (boxes[4 * $0 + 2] - boxes[4 * $0]) * (boxes[4 * $0 + 3] - boxes[4 * $0 + 1])
        }
    }

    init(_ boxes: Tensor, _ scores: Tensor, _ labels: Tensor?, _ operation: String) {
        precondition(
            boxes.ndim == 2 && boxes.shape[1] == 4 && scores.shape == [boxes.shape[0]]
                && (labels?.shape ?? scores.shape) == scores.shape,
            "\(operation): expected boxes (N, 4), scores and labels (N), got \(boxes.shape), "
                + "\(scores.shape) and \(labels.map { "\($0.shape)" } ?? "none")")
        self.init(
            boxes: boxes.array(as: Float.self), scores: scores.array(as: Float.self),
            labels: labels?.array(as: Int.self))
    }

    /// The surest first; equal scores stay in their order.
    func order() -> [Int] {
        scores.indices.sorted {
            scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1]
        }
    }

    /// The places of the surest boxes, at most `limit`, that none surer overlaps with more than `threshold`.
    func kept(threshold: Double, limit: Int = .max) -> [Int] {
        let order = order()
        let count = order.count
        // The surest first, and in columns, so that one box is held against many at once.
        var columns: [Float] = []
        columns.reserveCapacity(6 * count)
        for corner in 0..<4 { columns += order.lazy.map { boxes[4 * $0 + corner] } }
        columns += order.lazy.map { areas[$0] }
        columns += order.lazy.map { place in labels.map { Float($0[place]) } ?? 0 }
        // No number of single precision lies between it and the threshold.
        var bound = Float(threshold)
        if Double(bound) > threshold { bound = bound.nextDown }
        var isGone = [Int32](repeating: 0, count: count)
        var kept: [Int] = []
        columns.withUnsafeBufferPointer { columns in
            isGone.withUnsafeMutableBufferPointer { isGone in
                guard let lefts = columns.baseAddress, let gone = isGone.baseAddress else { return }
                let (tops, rights, bottoms) = (lefts + count, lefts + 2 * count, lefts + 3 * count)
                let (areas, labels) = (lefts + 4 * count, lefts + 5 * count)
                for place in 0..<count where gone[place] == 0 {
                    kept.append(order[place])
                    if kept.count >= limit { break }
                    let (left, right, area) = (lefts[place], rights[place], areas[place])
                    let (top, bottom, label) = (tops[place], bottoms[place], labels[place])
                    for later in place + 1..<count {
                        let across = min(right, rights[later]) - max(left, lefts[later])
                        let down = min(bottom, bottoms[later]) - max(top, tops[later])
                        let shared = max(across, 0) * max(down, 0)
                        let iou = shared / (area + areas[later] - shared)
                        gone[later] |= (iou > bound ? 1 : 0) & (labels[later] == label ? 1 : 0)
                    }
                }
            }
        }
        return kept
    }

    /// Of two boxes; 0 for those of different classes.
    func iou(_ a: Int, _ b: Int) -> Double {
        if let labels, labels[a] != labels[b] { return 0 }
        let across = min(boxes[4 * a + 2], boxes[4 * b + 2]) - max(boxes[4 * a], boxes[4 * b])
        let down =
            min(boxes[4 * a + 3], boxes[4 * b + 3]) - max(boxes[4 * a + 1], boxes[4 * b + 1])
        guard across > 0 && down > 0 else { return 0 }
        let shared = across * down
        return Double(shared / (areas[a] + areas[b] - shared))
    }
}
