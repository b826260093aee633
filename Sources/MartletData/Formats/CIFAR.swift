/// CIFAR-10 as binary files: `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin` and
/// `batches.meta.txt`.
///
/// A record is a label and 3072 samples: 32 rows of 32 red ones, then green, then blue.
///
/// Format: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
enum CIFAR {
    static let trainNames = (1...5).map { "data_batch_\($0).bin" }
    static let testName = "test_batch.bin"
    static let metaName = "batches.meta.txt"
    static let side = 32
    private static let pixels = side * side
    private static let recordLength = 1 + 3 * pixels

    /// The class names.
    static func classes(_ path: String) throws(DataError) -> [String] {
        let names = try TextLines.read(path)
        guard names.count == 10 else {
            throw DataError(
                path: path, problem: "\(names.count) class names", expected: "10, one a line")
        }
        return names
    }

    /// Reads files of records one after another.
    static func read(_ paths: [String], classCount: Int) throws(DataError) -> LabelledPixels {
        var samples: [UInt8] = []
        var labels: [Int] = []
        var sources: [(first: Int, path: String)] = []
        for path in paths {
            sources.append((labels.count, path))
            let bytes = try records(path)
            samples.reserveCapacity(samples.count + bytes.count)
            for start in stride(from: 0, to: bytes.count, by: recordLength) {
                let label = Int(bytes[start])
                guard label < classCount else {
                    throw DataError(
                        path: path, place: "byte \(start)",
                        problem: "the label \(label) of image \(start / recordLength)",
                        expected: "less than \(classCount), the number of classes")
                }
                labels.append(label)
                for pixel in (start + 1)..<(start + 1 + pixels) {
                    samples.append(bytes[pixel])
                    samples.append(bytes[pixel + pixels])
                    samples.append(bytes[pixel + 2 * pixels])
                }
            }
        }
        return LabelledPixels(
            height: side, width: side, channels: 3, samples: samples, labels: labels,
            sources: sources)
    }

    private static func records(_ path: String) throws(DataError) -> [UInt8] {
        let file = try asData { () throws(DiskError) in try InputFile(path) }
        guard file.byteCount > 0, file.byteCount % recordLength == 0 else {
            throw DataError(
                path: path, place: "byte \(file.byteCount / recordLength * recordLength)",
                problem: file.byteCount == 0
                    ? "the file is empty"
                    : "the last record has \(file.byteCount % recordLength) bytes",
                expected: "records of \(recordLength) bytes: a label and 3 x 32 x 32 samples")
        }
        let bytes = try asData { () throws(DiskError) in
            try file.read(at: 0, count: file.byteCount)
        }
        guard bytes.count == file.byteCount else {
            throw DataError(
                path: path, place: "byte \(bytes.count)",
                problem: "the file was cut while it was read")
        }
        return bytes
    }
}
