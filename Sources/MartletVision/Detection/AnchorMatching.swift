public import Martlet

/// Says which box each anchor is to find: the one it overlaps most, if enough (Girshick et al. 2014; Ren et al. 2015, section
/// 3.1.2; Liu et al. 2016, section 2.2).
public struct AnchorMatcher: Sendable, Equatable {
    /// Which anchors are given a box that they overlap too little with, so that no box is left out.
    public enum Forced: Sendable, Equatable {
        /// None.
        case none
        /// For each box the anchor that overlaps it most; it is then to find this box (SSD).
        case bestAnchor
        /// For each box the anchors that overlap it most, several where they tie; they keep the box that they overlap most
        /// themselves (Faster R-CNN, RetinaNet).
        case bestAnchors
    }

    /// What stands for an anchor that is to find nothing.
    public static let background = -1
    /// What stands for an anchor that is not judged: it overlaps a box too much to be background and too little to find it.
    public static let ignored = -2

    /// The least intersection over union to find a box.
    public let positive: Double
    /// The intersection over union below which an anchor is background.
    public let negative: Double
    /// Which anchors are given a box all the same.
    public let forced: Forced

    /// - Parameters:
    ///   - positive: the least intersection over union to find a box.
    ///   - negative: below it an anchor is background; at most `positive`.
    ///   - forced: which anchors are given a box all the same.
    public init(positive: Double = 0.5, negative: Double = 0.4, forced: Forced = .bestAnchor) {
        precondition(
            negative <= positive,
            "AnchorMatcher: expected negative up to positive, got \(negative) and \(positive)")
        self.positive = positive
        self.negative = negative
        self.forced = forced
    }

    /// For each anchor the place of the box that it is to find, `background` or `ignored`.
    ///
    /// - Parameters:
    ///   - boxes: `(M, 4)`, `.xyxy`; M may be 0.
    ///   - anchors: `(A, 4)`, `.xyxy`.
    /// - Returns: A numbers.
    public func callAsFunction(boxes: Tensor, anchors: Tensor) -> [Int] {
        precondition(
            boxes.ndim == 2 && anchors.ndim == 2 && boxes.shape[1] == 4 && anchors.shape[1] == 4,
            "AnchorMatcher: expected boxes (M, 4) and anchors (A, 4), got \(boxes.shape) and "
                + "\(anchors.shape)")
        let overlaps = Overlaps(boxes.array(as: Float.self), anchors.array(as: Float.self))
        let (least, most) = (Float(positive), Float(negative))
        var matches = overlaps.best.map { best, iou in
            best >= 0 && iou >= least ? best : iou < most ? Self.background : Self.ignored
        }
        switch forced {
        case .none: break
        case .bestAnchor:
            for (box, found) in overlaps.anchors.enumerated() where !found.isEmpty {
                matches[found[0]] = box
            }
        case .bestAnchors:
            for anchor in overlaps.anchors.joined() { matches[anchor] = overlaps.best[anchor].box }
        }
        return matches
    }
}

/// Who overlaps whom most.
private struct Overlaps {
    /// For each anchor the first box that it overlaps most, -1 where there are no boxes, and by how much.
    private(set) var best: [(box: Int, iou: Float)]
    /// For each box the anchors that overlap it most, the first one first; none where no anchor does.
    private(set) var anchors: [[Int]] = []

    init(_ boxes: [Float], _ anchors: [Float]) {
        let count = anchors.count / 4
        best = Array(repeating: (-1, 0), count: count)
        for box in 0..<boxes.count / 4 {
            let (left, top) = (boxes[4 * box], boxes[4 * box + 1])
            let (right, bottom) = (boxes[4 * box + 2], boxes[4 * box + 3])
            let area = (right - left) * (bottom - top)
            var most: Float = 0
            var those: [Int] = []
            anchors.withUnsafeBufferPointer { anchors in
                for anchor in 0..<count {
                    let (x, y) = (anchors[4 * anchor], anchors[4 * anchor + 1])
                    let (end, low) = (anchors[4 * anchor + 2], anchors[4 * anchor + 3])
                    let across = min(right, end) - max(left, x)
                    let down = min(bottom, low) - max(top, y)
                    var iou: Float = 0
                    if across > 0 && down > 0 {
                        let shared = across * down
                        iou = shared / (area + (end - x) * (low - y) - shared)
                    }
                    if iou > best[anchor].iou || best[anchor].box < 0 {
                        best[anchor] = (box, iou)
                    }
                    guard iou > 0 && iou >= most else { continue }
                    if iou > most { those.removeAll(keepingCapacity: true) }
                    most = iou
                    those.append(anchor)
                }
            }
            self.anchors.append(those)
        }
    }
}
