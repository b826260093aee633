/// The images of one part of a data set, each with its class.
public enum LabelledImages: Sendable {
    /// Image files in class folders.
    case files(LabelledFiles)
    /// Images of one size in memory.
    case pixels(LabelledPixels)

    /// The number of images.
    public var count: Int {
        switch self {
        case .files(let files): files.items.count
        case .pixels(let pixels): pixels.count
        }
    }

    /// The index of each image's class.
    public var labels: [Int] {
        switch self {
        case .files(let files): files.items.map(\.label)
        case .pixels(let pixels): pixels.labels
        }
    }

    /// The file of an image, for error messages.
    public func describe(_ index: Int) -> String {
        switch self {
        case .files(let files): files.items[index].path
        case .pixels(let pixels): pixels.describe(index)
        }
    }
}

/// A data set for classification, as it was found in a folder.
public struct LabelledData: Sendable, CustomStringConvertible {
    /// How a data set is stored.
    public enum Format: String, Sendable {
        case classFolders = "class folders"
        case idx = "IDX files"
        case cifar10 = "CIFAR-10 binary files"
    }

    /// The folder.
    public let path: String
    /// How it is stored.
    public let format: Format
    /// The name of a known data set, `Fashion-MNIST`, or nil.
    public let knownName: String?
    /// The class names; a label is an index into them.
    public let classes: [String]
    /// To train on; in a folder without separate parts, everything.
    public let train: LabelledImages?
    /// To choose a model by.
    public let validation: LabelledImages?
    /// To judge the chosen model by.
    public let test: LabelledImages?

    /// What was found, in words.
    public var description: String {
        let parts = [("training", train), ("validation", validation), ("test", test)]
            .compactMap { name, part in part.map { "\($0.count) \(name)" } }
        let last = parts.last ?? "no"
        let counts =
            parts.count > 1 ? "\(parts.dropLast().joined(separator: ", ")) and \(last)" : last
        var text = knownName.map { "\($0) (\(format.rawValue))" } ?? format.rawValue
        text += " in \(path): \(classes.count) classes, \(counts) images"
        if case .pixels(let pixels) = train ?? test {
            text +=
                " of \(pixels.width)x\(pixels.height), "
                + (pixels.channels == 1 ? "grey" : "colour")
        }
        let ignored = [train, validation, test].reduce(0) { sum, part in
            if case .files(let files) = part { return sum + files.ignoredCount }
            return sum
        }
        if ignored > 0 { text += "; \(ignored) files that are no images by their names ignored" }
        return text
    }
}
