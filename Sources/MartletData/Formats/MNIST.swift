/// Sets of images and labels in IDX files, named as MNIST's and Fashion-MNIST's are.
enum MNIST {
    /// The two files of a split.
    struct Pair: Equatable {
        let images: String
        let labels: String
    }

    /// What the Fashion-MNIST labels mean (Xiao, Rasul, Vollgraf, 2017).
    static let fashionClasses = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
    ]
    /// The CRC-32 of Fashion-MNIST's 60,000 training labels and of its 10,000 test labels: their
    /// files are named as MNIST's are, so only the contents tell them apart.
    private static let fashionLabels: Set<UInt32> = [0x2ed6_e46a, 0x242b_c73f]

    /// The files of each split among a folder's names, by the words in them: `train`, and `t10k` or
    /// `test`.
    ///
    /// - Throws: `DataError` when a file's partner is missing or there are several of a kind.
    static func pairs(
        _ names: [String], in folder: String
    ) throws(DataError) -> (train: Pair?, test: Pair?) {
        var train: Pair?
        var test: Pair?
        for name in names {
            guard let images = imagesStem(name) else { continue }
            // Of a plain file and the same compressed, the plain one is read.
            if name != images && names.contains(images) { continue }
            let lower = images.lowercased()
            let isTrain = lower.contains("train")
            guard isTrain || lower.contains("t10k") || lower.contains("test") else { continue }
            guard let labels = labelsName(for: images, among: names) else {
                throw DataError(
                    path: FilePath.join(folder, name),
                    problem: "the labels of these images are missing",
                    expected: "\(partner(of: images)) or the same with .gz beside it")
            }
            let pair = Pair(
                images: FilePath.join(folder, name), labels: FilePath.join(folder, labels))
            if let other = isTrain ? train : test {
                throw DataError(
                    path: folder,
                    problem: "two sets of \(isTrain ? "training" : "test") images, "
                        + "\(FilePath.name(of: other.images)) and \(name)",
                    expected: "one set in a folder")
            }
            if isTrain { train = pair } else { test = pair }
        }
        return (train, test)
    }

    /// Whether a name is one of a file of images that belongs to a part.
    static func isImages(_ name: String) -> Bool {
        guard let lower = imagesStem(name)?.lowercased() else { return false }
        return ["train", "t10k", "test"].contains { lower.contains($0) }
    }

    /// The name without `.gz` if it is one of an image file.
    private static func imagesStem(_ name: String) -> String? {
        let plain = name.lowercased().hasSuffix(".gz") ? String(name.dropLast(3)) : name
        let lower = plain.lowercased()
        let isImages = ["images-idx3-ubyte", "images.idx3-ubyte", "images-idx4-ubyte"]
            .contains { lower.hasSuffix($0) }
        return isImages ? plain : nil
    }

    private static func partner(of images: String) -> String {
        // The suffix has a fixed length: "images-idx3-ubyte".
        let separator = images.dropLast(10).last.map(String.init) ?? "-"
        return images.dropLast(17) + "labels\(separator)idx1-ubyte"
    }

    private static func labelsName(for images: String, among names: [String]) -> String? {
        let partner = partner(of: images)
        return [partner, partner + ".gz"].first { names.contains($0) }
    }

    /// Reads a split.
    ///
    /// - Parameter classCount: what labels must be below; nil for whatever labels there are.
    static func read(_ pair: Pair, classCount: Int?) throws(DataError) -> LabelledPixels {
        let (shape, samples) = try IDX.readBytes(pair.images, ranks: 3...4, what: "images")
        let (labelShape, labels) = try IDX.readBytes(pair.labels, ranks: 1...1, what: "labels")
        let channels = shape.count == 4 ? shape[3] : 1
        guard shape[1] > 0, shape[2] > 0, channels == 1 || channels == 3 else {
            throw DataError(
                path: pair.images, place: "byte 4", problem: "images of shape \(shape.dropFirst())",
                expected: "height and width of 1 or more, and 1 or 3 channels")
        }
        guard shape[0] == labelShape[0] else {
            throw DataError(
                path: pair.labels, place: "byte 4", problem: "\(labelShape[0]) labels",
                expected: "\(shape[0]), one for each image of \(FilePath.name(of: pair.images))")
        }
        guard shape[0] > 0 else {
            throw DataError(
                path: pair.images, place: "byte 4", problem: "there are no images",
                expected: "at least one")
        }
        if let classCount, let bad = labels.firstIndex(where: { $0 >= classCount }) {
            throw DataError(
                path: pair.labels, place: "byte \(8 + bad)",
                problem: "the label \(labels[bad]) of image \(bad)",
                expected: "less than \(classCount), the number of classes")
        }
        return LabelledPixels(
            height: shape[1], width: shape[2], channels: channels, samples: samples,
            labels: labels.map(Int.init), sources: [(0, pair.images)])
    }

    /// Whether these are Fashion-MNIST's labels, all of them in its order.
    static func isFashion(_ labels: [Int]) -> Bool {
        fashionLabels.contains(checksum(labels.map { UInt8(truncatingIfNeeded: $0) }))
    }
}
