import Foundation
import Martlet
import MartletMetrics
import Testing

/// Figures about detectors on cases done by hand, or by the program of a paper.
@Suite struct DetectionAnalysisTests {
    private let left = Box(x: 0, y: 0, width: 40, height: 40)
    private let right = Box(x: 50, y: 0, width: 40, height: 40)

    private func isClose(_ a: Double?, _ b: Double) -> Bool {
        a.map { abs($0 - b) < 1e-12 } ?? false
    }

    /// Two objects, one found, one alarm in between.
    @Test func aCaseByHand() throws {
        var record = DetectionRecord(classes: ["a", "b"])
        record.add(
            image: 3,
            detections: [
                Detection(box: left, label: 1, score: 0.9),
                Detection(box: left, label: 1, score: 0.8),
                Detection(box: right, label: 1, score: 0.7),
            ],
            truths: [DetectionTruth(box: left, label: 1), DetectionTruth(box: right, label: 1)])
        // Precision 1 up to a recall of a half, then two of three.
        #expect(isClose(record.voc.averagePrecision(of: 1), 5.0 / 6))
        #expect(isClose(record.voc.meanAveragePrecision(.elevenPoints), 28.0 / 33))
        #expect(record.voc.averagePrecision(of: 0) == nil)
        let curve = try #require(record.voc.curve(of: 1))
        #expect(curve.points.map(\.recall) == [0.5, 0.5, 1])
        #expect(curve.points.map(\.precision) == [1, 0.5, 2.0 / 3])
        #expect(record.coco.curve(of: 1) == curve && record.coco.meanCurve() == curve)
        #expect(curve.best?.score == 0.7 && isClose(curve.best?.f1, 0.8))
        let summary = record.coco.summary
        #expect(summary.recall1 == 0.5 && summary.recall10 == 1)
        #expect(summary.mAPSmall == nil && summary.mAPMedium == summary.mAP)
        #expect(record.coco.summary(of: 1) == summary)
        #expect(record.coco.truths(of: 1, area: .medium) == 2 && record.coco.truths(of: 0) == 0)
        #expect(record.coco.detections(of: 1) == 3)
        // Nine of ten overlaps are found at the threshold of 0.95 as well.
        #expect(record.coco.averageRecall(of: 1, area: .medium) == 1)
    }

    /// At a score that several have they are kept together.
    @Test func equalScoresAreOnePoint() throws {
        var record = DetectionRecord(classes: ["a"])
        record.add(
            image: 0,
            detections: [left, right, Box(x: 200, y: 0, width: 9, height: 9)].map {
                Detection(box: $0, label: 0, score: 0.5)
            }, truths: [DetectionTruth(box: left, label: 0), DetectionTruth(box: right, label: 0)])
        let points = try #require(record.coco.curve(of: 0)).points
        #expect(points.count == 1 && points[0].recall == 1 && isClose(points[0].precision, 2.0 / 3))
    }

    /// One score for two classes: that at which the mean of their F1 is highest, not the mean of their best ones.
    @Test func oneScoreForAllClasses() throws {
        var record = DetectionRecord(classes: ["a", "b", "nothing of it"])
        record.add(
            image: 0,
            detections: [
                Detection(box: left, label: 0, score: 0.9),
                Detection(box: right, label: 0, score: 0.4),
                Detection(box: left, label: 1, score: 0.6),
                Detection(box: right, label: 1, score: 0.3),
                Detection(box: right, label: 2, score: 0.95),
            ],
            truths: [
                DetectionTruth(box: left, label: 0), DetectionTruth(box: right, label: 1),
            ])
        #expect(record.coco.curve(of: 0)?.best?.score == 0.9)
        #expect(record.coco.curve(of: 1)?.best?.score == 0.3)
        let mean = try #require(record.coco.meanCurve())
        #expect(mean.points.map(\.score) == [0.9, 0.6, 0.4, 0.3])
        for (point, f1) in zip(mean.points, [1.0 / 2, 1.0 / 2, 1.0 / 3, 2.0 / 3]) {
            #expect(isClose(point.f1, f1), "\(point)")
        }
        #expect(record.bestF1 == mean.points[3])
        #expect(isClose(record.bestF1?.precision, 0.5) && record.bestF1?.recall == 1)
    }

    /// Each class has a curve; what is added up of them as the score falls are the means of what each has there.
    @Test func theMeanCurveIsTheCurvesMean() throws {
        var generator = Generator(seed: 8)
        for _ in 0..<20 {
            let record = DetectionRecord(Scene.several(&generator, classes: 3), classes: 3)
            let curves = (0..<3).compactMap { record.coco.curve(of: $0, threshold: 2) }
            guard let mean = record.coco.meanCurve(threshold: 2) else { continue }
            for point in mean.points {
                let parts = curves.map { $0.points.last { $0.score >= point.score } }
                func isMean(_ value: Double, _ part: (DetectionCurve.Point) -> Double) -> Bool {
                    let sum = parts.reduce(0) { $0 + ($1.map(part) ?? 0) }
                    return isClose(value, sum / Double(curves.count))
                }
                #expect(isMean(point.precision, \.precision) && isMean(point.recall, \.recall))
                #expect(isMean(point.f1, \.f1))
            }
        }
    }

    /// The rows are a, b, background; so are the columns.
    @Test func confusionHasABackground() {
        let far = Box(x: 300, y: 300, width: 40, height: 40)
        let crowd = Box(x: 500, y: 500, width: 100, height: 100)
        var record = DetectionRecord(classes: ["a", "b"])
        record.add(
            image: 0,
            detections: [
                // Of two on the same truth the one that overlaps it more counts, though the other is surer.
                Detection(box: Box(x: 4, y: 0, width: 40, height: 40), label: 0, score: 0.9),
                Detection(box: left, label: 1, score: 0.8),
                // Too unsure, and at the border of it.
                Detection(box: right, label: 0, score: 0.24),
                Detection(box: far, label: 1, score: 0.25),
                // Within the crowd, and at a difficult one.
                Detection(box: Box(x: 510, y: 510, width: 9, height: 9), label: 0, score: 0.9),
                Detection(box: Box(x: 700, y: 0, width: 40, height: 40), label: 1, score: 0.9),
            ],
            truths: [
                DetectionTruth(box: left, label: 0), DetectionTruth(box: right, label: 0),
                DetectionTruth(box: crowd, label: 1, isCrowd: true),
                DetectionTruth(
                    box: Box(x: 700, y: 0, width: 40, height: 40), label: 0, isDifficult: true),
            ])
        #expect(record.confusion().rows == [[0, 1, 1], [0, 0, 0], [1, 1, 0]])
        #expect(record.confusion(score: 0.2).rows == [[1, 1, 0], [0, 0, 0], [1, 1, 0]])
        // An overlap of 36 by 40 in 44 by 40.
        var near = DetectionRecord(classes: ["a"])
        near.add(
            image: 0,
            detections: [
                Detection(box: Box(x: 4, y: 0, width: 40, height: 40), label: 0, score: 1)
            ], truths: [DetectionTruth(box: left, label: 0)])
        #expect(near.confusion(iou: 0.81).rows == [[1, 0], [0, 0]])
        #expect(near.confusion(iou: 0.82).rows == [[0, 1], [1, 0]])
        // Of equal boxes that of the right class is meant, of equal detections the surer.
        var ties = DetectionRecord(classes: ["a", "b"])
        ties.add(
            image: 0,
            detections: [
                Detection(box: left, label: 1, score: 0.5),
                Detection(box: left, label: 1, score: 0.6),
                Detection(box: left, label: 0, score: 0.7),
            ], truths: [DetectionTruth(box: left, label: 0), DetectionTruth(box: left, label: 1)])
        #expect(ties.confusion().rows == [[1, 0, 0], [0, 1, 0], [0, 1, 0]])
    }

    /// One error of each kind.
    @Test func errorsByHand() throws {
        let class1 = Box(x: 200, y: 0, width: 40, height: 40)
        let class2 = Box(x: 300, y: 0, width: 40, height: 40)
        func moved(_ box: Box, _ x: Double) -> Box {
            Box(x: box.x + x, y: box.y, width: box.width, height: box.height)
        }
        var record = DetectionRecord(classes: ["a", "b"])
        record.add(
            image: 0,
            detections: [
                Detection(box: left, label: 0, score: 0.9),
                Detection(box: left, label: 0, score: 0.8),  // duplicate
                Detection(box: moved(right, 30), label: 0, score: 0.7),  // localisation
                Detection(box: class1, label: 0, score: 0.6),  // class
                Detection(box: moved(class2, 30), label: 0, score: 0.5),  // both
                Detection(box: moved(left, 500), label: 0, score: 0.4),  // background
            ],
            truths: [
                DetectionTruth(box: left, label: 0), DetectionTruth(box: right, label: 0),
                DetectionTruth(box: class1, label: 1), DetectionTruth(box: class2, label: 1),
            ])
        let errors = record.errors
        #expect(
            errors.counts == [
                .classification: 1, .localisation: 1, .both: 1, .duplicate: 1, .background: 1,
                .missed: 1,
            ])
        // Of a, found up to half: 51 of 101 levels; of b nothing.
        let half = 51.0 / 101
        #expect(isClose(errors.averagePrecision, half / 2))
        #expect(errors.averagePrecision == record.coco.summary.mAP50)
        // b up to half as well.
        #expect(isClose(errors.gains[.classification], half / 2))
        // The second of a comes third, after the duplicate.
        #expect(isClose(errors.gains[.localisation], 50.0 / 101 * 2 / 3 / 2))
        // What comes after the last right one costs nothing.
        #expect(errors.gains[.both] == 0 && errors.gains[.background] == 0)
        #expect(errors.gains[.duplicate] == 0 && errors.gains[.missed] == 0)
        #expect(errors.withoutFalsePositives == 0)
        // One of a is left to be found, and nothing of b, which has no part any more.
        #expect(isClose(errors.withoutFalseNegatives, 1 - half / 2))
    }

    /// What the program of TIDE's authors says of generated cases.
    @Test func errorsAreTIDEs() throws {
        struct Case: Decodable {
            let classes: Int
            /// By image: label, x, y, width, height; detections have a score at the end.
            let truths, detections: [[[Double]]]
            /// `AP`, and the gains by TIDE's short names.
            let figures: [String: Double]
            let counts: [String: Int]
        }
        let path = try #require(
            Bundle.module.path(
                forResource: "detection_errors", ofType: "json", inDirectory: "Fixtures"))
        let cases = try JSONDecoder().decode(
            [Case].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(cases.count >= 20)
        let names: [String: DetectionErrors.Kind] = [
            "Cls": .classification, "Loc": .localisation, "Both": .both, "Dupe": .duplicate,
            "Bkg": .background, "Miss": .missed,
        ]
        for (number, one) in cases.enumerated() {
            var record = DetectionRecord(classes: (0..<one.classes).map { "\($0)" })
            func box(_ row: [Double]) -> Box {
                Box(x: row[1], y: row[2], width: row[3], height: row[4])
            }
            for (image, (truths, detections)) in zip(one.truths, one.detections).enumerated() {
                record.add(
                    image: image,
                    detections: detections.map {
                        Detection(box: box($0), label: Int($0[0]), score: $0[5])
                    }, truths: truths.map { DetectionTruth(box: box($0), label: Int($0[0])) })
            }
            let errors = record.errors
            func check(_ name: String, _ value: Double?) {
                let expected = one.figures[name]! / 100
                #expect(
                    abs((value ?? -1) - expected) < 1e-9,
                    "case \(number): \(name) is \(value as Any), expected \(expected)")
            }
            check("AP", errors.averagePrecision)
            #expect(isClose(record.coco.summary.mAP50, errors.averagePrecision ?? -1))
            for (name, kind) in names {
                check(name, errors.gains[kind])
                #expect(errors.counts[kind] == one.counts[name], "case \(number): \(name)")
            }
            check("FalsePos", errors.withoutFalsePositives)
            check("FalseNeg", errors.withoutFalseNegatives)
        }
    }

    /// Boxes of pixels as VOC's files have them are those of a record with exclusive edges, one pixel wider and higher.
    @Test func inclusiveEdgesAreOnePixelMore() {
        var inclusive = DetectionRecord(classes: ["a"])
        var exclusive = inclusive
        // From pixel 10 to 19, and from 14 to 23: 6 of 14 columns; with exclusive edges it would be 5 of 13.
        func box(_ first: Double, _ last: Double, _ more: Double) -> Box {
            Box(left: first, top: 1, right: last + more, bottom: 10 + more)
        }
        for more in [0.0, 1] {
            let found = [Detection(box: box(14, 23, more), label: 0, score: 1)]
            let there = [DetectionTruth(box: box(10, 19, more), label: 0)]
            if more == 0 {
                inclusive.add(image: 0, detections: found, truths: there)
            } else {
                exclusive.add(image: 0, detections: found, truths: there)
            }
        }
        func value(_ record: DetectionRecord, _ edges: VOCEvaluation.Edges) -> Double? {
            VOCEvaluation(record, threshold: 0.4, edges: edges).meanAveragePrecision()
        }
        #expect(value(inclusive, .inclusive) == 1 && value(inclusive, .exclusive) == 0)
        #expect(value(exclusive, .exclusive) == 1)
    }

    @Test func protocolsAreSaidInWords() {
        let record = DetectionRecord(classes: ["a"])
        #expect(
            record.voc.protocolDescription(.elevenPoints)
                == "VOC 2007, 11 points, IoU >= 0.5, difficult ignored")
        #expect(
            VOCEvaluation(record, threshold: 0.75, edges: .inclusive).protocolDescription()
                == "VOC 2012, all points, IoU >= 0.75, difficult ignored, inclusive pixels")
        #expect(record.report.protocols.count == 3)
    }

    /// Only what may be missed is found, and only half of what must be.
    @Test func difficultOnesAreNeitherRightNorWrong() {
        var record = DetectionRecord(classes: ["a"])
        record.add(
            image: 0,
            detections: [
                Detection(box: left, label: 0, score: 0.9),
                Detection(box: left, label: 0, score: 0.8),
                Detection(box: right, label: 0, score: 0.7),
            ],
            truths: [
                DetectionTruth(box: left, label: 0, isDifficult: true),
                DetectionTruth(box: right, label: 0),
            ])
        #expect(record.voc.meanAveragePrecision() == 1)
        #expect(record.voc.meanAveragePrecision(.elevenPoints).map { abs($0 - 1) < 1e-12 } == true)
    }

    @Test func theReportHasItsKeys() throws {
        var generator = Generator(seed: 6)
        let scenes = (0..<4).flatMap { _ in Scene.several(&generator, classes: 2) }
        let record = DetectionRecord(scenes, classes: 2)
        let object = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(record.report))
                as? [String: Any])
        #expect(
            Set(object.keys) == [
                "mAP", "mAP_50", "mAP_75", "mAP_small", "mAP_medium", "mAP_large", "AR_1", "AR_10",
                "AR_100", "AR_small", "AR_medium", "AR_large", "VOC_2007", "VOC_2012", "best",
                "errors", "confusion", "n", "classes", "protocols",
            ])
        let rows = try #require(object["classes"] as? [[String: Any]])
        #expect(rows.count == 2 && rows[1]["name"] as? String == "class 1")
        // This reader of JSON may miss a number by its last bit.
        let value = try #require(record.coco.averagePrecision(of: 0, threshold: 0))
        #expect(isClose(rows[0]["AP_50"] as? Double, value))
        #expect(rows[0]["AR_small"] is Double && rows[0]["VOC_2007"] is Double)
        let best = try #require(object["best"] as? [String: Double])
        let point = try #require(record.bestF1)
        #expect(isClose(best["score"], point.score) && isClose(best["f1"], point.f1))
        #expect((object["errors"] as? [String: Double])?.count == 8)
        let table = "\(record.report)"
        #expect(table.contains("class 1") && table.contains("VOC 2007, 11 points"), "\(table)")
    }
}
