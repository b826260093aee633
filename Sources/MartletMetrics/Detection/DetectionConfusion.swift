extension DetectionRecord {
    /// Who was taken for whom: a row for each class of what there is and a column for each class of what was found. The last
    /// of both is the background: its column counts what was missed, its row what was found where nothing is.
    ///
    /// Whatever the classes, a detection belongs to the truth that it overlaps most, and a truth to the detection of those
    /// that overlaps it most (of equal ones the surer); every other detection belongs to the background. Crowds and difficult
    /// truths need not be found, and what lies on them is not counted.
    ///
    /// - Parameters:
    ///   - score: the least of detections that count.
    ///   - iou: the least intersection over the union that counts as an overlap.
    public func confusion(score: Double = 0.25, iou: Double = 0.45) -> ConfusionMatrix {
        var matrix = ConfusionMatrix(classCount: classes.count + 1)
        let background = classes.count
        for image in ordered {
            let here = image.detections.filter { $0.score >= score }
            let found = here.map(\.score).surestFirst().map { here[$0] }
            let truths = image.truths.filter { !$0.isOptional }
            let optional = image.truths.filter(\.isOptional)
            var matches = [(detection: Int, overlap: Double)?](repeating: nil, count: truths.count)
            for (detection, thing) in found.enumerated() {
                guard let (truth, overlap) = thing.truth(among: truths), overlap >= iou else {
                    continue
                }
                if overlap > matches[truth]?.overlap ?? 0 { matches[truth] = (detection, overlap) }
            }
            for (truth, match) in zip(truths, matches) {
                let label = match.map { found[$0.detection].label } ?? background
                matrix.add(prediction: label, label: truth.label)
            }
            let matched = Set(matches.compactMap { $0?.detection })
            for (detection, thing) in found.enumerated() where !matched.contains(detection) {
                if optional.contains(where: { $0.overlap(thing.box) >= iou }) { continue }
                matrix.add(prediction: thing.label, label: background)
            }
        }
        return matrix
    }
}

extension Detection {
    /// The truth that it overlaps most, of equal ones one of its own class; nil where it overlaps none.
    fileprivate func truth(among truths: [DetectionTruth]) -> (place: Int, overlap: Double)? {
        var best: (place: Int, overlap: Double)?
        for (place, truth) in truths.enumerated() {
            let overlap = truth.overlap(box)
            let most = best?.overlap ?? 0
            if overlap > most || overlap > 0 && overlap == most && truth.label == label {
                best = (place, overlap)
            }
        }
        return best
    }
}
