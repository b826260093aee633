public import Martlet

/// Shapes of anchors that suit a data set: k-means over its boxes, the distance of two shapes being 1 less their intersection
/// over union when they share a corner (Redmon and Farhadi 2017, section 2).
public struct AnchorClustering: Sendable, Equatable {
    /// The shapes, the smallest area first.
    public let shapes: [DefaultBoxGenerator.Shape]
    /// The mean over the boxes of the best intersection over union with a shape.
    public let meanIoU: Double

    /// - Parameters:
    ///   - boxes: widths and heights, all above 0, in any unit.
    ///   - count: how many shapes; fewer come out where the boxes have fewer.
    ///   - generator: chooses where to begin (k-means++).
    public init(
        of boxes: [DefaultBoxGenerator.Shape], count: Int, generator: inout Generator
    ) {
        precondition(
            count > 0 && !boxes.isEmpty && boxes.allSatisfy { $0.width > 0 && $0.height > 0 },
            "AnchorClustering: expected a count above 0 and boxes with an area, got \(count) and "
                + "\(boxes.count) boxes")
        var centers = [boxes[generator.integer(in: 0..<boxes.count)]]
        while centers.count < count {
            // The next one is drawn by its squared distance from those there are.
            let distances = boxes.map { box in
                let distance = 1 - Self.best(box, centers).iou
                return distance * distance
            }
            let total = distances.reduce(0, +)
            guard total > 1e-12 else { break }
            var place = generator.uniform(0, total)
            let chosen = distances.firstIndex {
                place -= $0
                return place < 0
            }
            centers.append(boxes[chosen ?? boxes.count - 1])
        }
        var assigned = [Int](repeating: -1, count: boxes.count)
        for _ in 0..<300 {
            let now = boxes.map { Self.best($0, centers).index }
            if now == assigned { break }
            assigned = now
            for index in centers.indices {
                let members = boxes.indices.filter { assigned[$0] == index }.map { boxes[$0] }
                guard !members.isEmpty else { continue }
                centers[index] = DefaultBoxGenerator.Shape(
                    width: members.reduce(0) { $0 + $1.width } / Double(members.count),
                    height: members.reduce(0) { $0 + $1.height } / Double(members.count))
            }
        }
        shapes = centers.sorted { $0.width * $0.height < $1.width * $1.height }
        let final = centers
        meanIoU = boxes.reduce(0) { $0 + Self.best($1, final).iou } / Double(boxes.count)
    }

    /// The part of boxes that at least one of some shapes overlaps with at least `threshold` when they share a middle: what a
    /// detector with these anchors can find at most.
    public static func bestPossibleRecall(
        of boxes: [DefaultBoxGenerator.Shape], _ shapes: [DefaultBoxGenerator.Shape],
        threshold: Double = 0.5
    ) -> Double {
        guard !boxes.isEmpty else { return 1 }
        let found = boxes.count { best($0, shapes).iou >= threshold }
        return Double(found) / Double(boxes.count)
    }

    private static func best(
        _ box: DefaultBoxGenerator.Shape, _ shapes: [DefaultBoxGenerator.Shape]
    ) -> (index: Int, iou: Double) {
        var result = (index: 0, iou: -1.0)
        for (index, shape) in shapes.enumerated() {
            let shared = min(box.width, shape.width) * min(box.height, shape.height)
            let iou = shared / (box.width * box.height + shape.width * shape.height - shared)
            if iou > result.iou { result = (index, iou) }
        }
        return result
    }
}
