/// What precision, recall and F1 are when only detections of at least some score are kept, for every score that occurs.
///
/// Detections are right as COCO has it: matched surest first, so that what is kept is judged as it would be alone. Of several
/// classes the figures are means of the classes', with one score for all.
public struct DetectionCurve: Sendable, Equatable {
    /// The figures of the detections of at least a score.
    public struct Point: Sendable, Equatable, Codable {
        /// The least score.
        public let score: Double
        /// The part of the detections that is right; 0 where there are none.
        public let precision: Double
        /// The part of what there is that was found.
        public let recall: Double
        /// The harmonic mean of the two, for each class.
        public let f1: Double
    }

    /// By decreasing score; empty where nothing was found.
    public let points: [Point]

    /// - Parameter classes: detections, surest first, and how many there were to be found, at least 1.
    init(_ classes: [(outcomes: [(score: Double, isRight: Bool)], truths: Int)]) {
        let pooled = classes.enumerated().flatMap { number, one in
            one.outcomes.map { (number: number, score: $0.score, isRight: $0.isRight) }
        }
        let order = classes.count == 1 ? Array(pooled.indices) : pooled.map(\.score).surestFirst()
        var right = [Double](repeating: 0, count: classes.count)
        var kept = right
        // Of each class, and their sums: with a detection only those of its class change.
        var figures = [SIMD3<Double>](repeating: .zero, count: classes.count)
        var sum = SIMD3<Double>.zero
        var points: [Point] = []
        for (place, index) in order.enumerated() {
            let (number, score, isRight) = pooled[index]
            kept[number] += 1
            if isRight { right[number] += 1 }
            let truths = Double(classes[number].truths)
            let changed = SIMD3(
                right[number] / kept[number], right[number] / truths,
                2 * right[number] / (kept[number] + truths))
            sum += changed - figures[number]
            figures[number] = changed
            // Equal scores are kept together or not at all.
            if place + 1 < order.count, pooled[order[place + 1]].score == score { continue }
            let mean = classes.count == 1 ? changed : sum / Double(classes.count)
            points.append(
                Point(score: score, precision: mean[0], recall: mean[1], f1: mean[2]))
        }
        self.points = points
    }

    /// Where F1 is highest: the score from which on detections are best kept. Of equal ones the highest score; nil where
    /// nothing was found.
    public var best: Point? {
        points.reduce(nil) { best, point in
            best.map { point.f1 > $0.f1 ? point : $0 } ?? point
        }
    }
}

extension DetectionRecord {
    /// The score at which the mean of the classes' F1 is highest, at an intersection over the union of 0.5; nil where there
    /// was nothing to be found or nothing was found.
    public var bestF1: DetectionCurve.Point? { coco.meanCurve()?.best }
}
