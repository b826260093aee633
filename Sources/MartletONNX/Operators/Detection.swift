internal import Martlet

extension Operators {
    /// What graphs of detectors end with. `NonMaxSuppression` follows the standard's words and shares nothing with the one that
    /// Martlet's detectors use, so that the one checks the other.
    static let detection: [String: Operator] = [
        "NonMaxSuppression": nonMaxSuppression, "Range": range,
    ]

    /// Numbers from a first one in steps as long as they are before a last one.
    private static let range: Operator = { call in
        try call.count(3...3)
        let bounds = try (0..<3).map { index -> Int in
            let value = try call.tensor(index)
            guard value.dtype == .int64, value.count == 1 else {
                throw call.unsupported("its input \(index) is no single int64")
            }
            return value.item(as: Int.self)
        }
        try call.require(bounds[2] != 0, "its step is 0")
        let (distance, overflows) = bounds[1].subtractingReportingOverflow(bounds[0])
        try call.require(!overflows, "its bounds \(bounds) are too far apart")
        let isForward = (distance > 0) == (bounds[2] > 0)
        let count =
            distance == 0 || !isForward ? 0 : 1 + (distance.magnitude - 1) / bounds[2].magnitude
        try call.require(count < 1 << 31, "it has \(count) numbers")
        try call.checked([Int(count)], .int64)
        return Tensor((0..<Int(count)).map { bounds[0] + $0 * bounds[2] })
    }

    /// Of boxes that overlap the surest: a row (image, class, box) each, classes one after another, the surest first.
    private static let nonMaxSuppression: Operator = { call in
        try call.count(2...5)
        let boxes = try call.full(0)
        let scores = try call.full(1)
        try call.only("center_point_box", 0)
        try call.require(
            boxes.ndim == 3 && scores.ndim == 3 && boxes.shape[2] == 4
                && scores.shape[0] == boxes.shape[0] && scores.shape[2] == boxes.shape[1],
            "boxes \(boxes.shape) and scores \(scores.shape) do not fit together")
        func number(_ index: Int) throws -> Double? {
            guard let value = try call.optional(index) else { return nil }
            try call.require(value.count == 1, "its input \(index) is no single number")
            return value.item(as: Double.self)
        }
        let limit = try number(2) ?? 0
        let overlap = Float(try number(3) ?? 0)
        let least = try number(4).map { Float($0) }
        try call.checked([scores.count, 3], .int64)
        let (count, places) = (scores.shape[1], scores.shape[2])
        let corners = boxes.array(as: Float.self)
        let numbers = scores.array(as: Float.self)
        var rows: [Int] = []
        for image in 0..<boxes.shape[0] {
            for label in 0..<count {
                let first = (image * count + label) * places
                var left = (0..<places).filter { place in
                    least.map { numbers[first + place] > $0 } ?? true
                }
                left.sort {
                    let (one, other) = (numbers[first + $0], numbers[first + $1])
                    return one == other ? $0 < $1 : one > other
                }
                var kept: [Int] = []
                for place in left where Double(kept.count) < limit {
                    let box = Corners(corners, image * places + place)
                    guard
                        kept.allSatisfy({
                            Corners(corners, image * places + $0).overlap(box) <= overlap
                        })
                    else { continue }
                    kept.append(place)
                    rows += [image, label, place]
                }
            }
        }
        return Tensor(rows, shape: [rows.count / 3, 3])
    }
}

/// Two corners of a box that lie across from each other, whichever they are.
private struct Corners {
    let left, top, right, bottom: Float

    init(_ numbers: [Float], _ place: Int) {
        let four = numbers[4 * place..<4 * place + 4].map { $0 }
        (left, right) = (min(four[0], four[2]), max(four[0], four[2]))
        (top, bottom) = (min(four[1], four[3]), max(four[1], four[3]))
    }

    /// The intersection over the union; 0 for boxes without area.
    func overlap(_ other: Corners) -> Float {
        let shared =
            max(0, min(right, other.right) - max(left, other.left))
            * max(0, min(bottom, other.bottom) - max(top, other.top))
        let areas = [self, other].map { ($0.right - $0.left) * ($0.bottom - $0.top) }
        return areas.contains { $0 <= 0 } ? 0 : shared / (areas[0] + areas[1] - shared)
    }
}
