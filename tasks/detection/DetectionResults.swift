internal import Foundation
internal import MartletMetrics
internal import MartletPipeline
internal import MartletVision

extension DetectionTask {
    /// COCO's and Pascal VOC's figures of results of COCO's form; see `DetectionRecord.init(results:truth:)`.
    public static func evaluate(predictions: String, truth: String) throws
        -> any Encodable & CustomStringConvertible
    {
        let clock = ContinuousClock()
        func seconds(_ time: Duration) -> String {
            String(format: "%.3f s", time / .seconds(1))
        }
        let start = clock.now
        let record = try DetectionRecord(results: predictions, truth: truth)
        let read = clock.now
        let report = record.report
        Log.info(
            "read in \(seconds(read - start)), judged in \(seconds(clock.now - read))")
        return report
    }
}
