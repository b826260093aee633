internal import Foundation
internal import Martlet
internal import MartletData
public import MartletPipeline
internal import MartletVision

extension ClassificationTask {
    /// Reads every image of every part, and says what is wrong with files, folders and the set as a whole.
    public static func checkData(_ options: ClassificationOptions) throws -> DataReport {
        guard !options.data.isEmpty else {
            throw ConfigurationError(["data: expected data=DIR, a folder with images"])
        }
        let survey = LabelledSurvey(options.data)
        var report = DataReport(data: options.data)
        for error in survey.errors { report.add(.init("layout", error)) }
        report.addPassedOver(survey)
        let progress = ProgressLine(
            "checking images", total: survey.parts.reduce(0) { $0 + $1.images.count },
            unit: "images")
        var seen = SeenImages()
        for part in survey.parts {
            try seen.read(part, options, into: &report, progress)
            report.addBalance(of: part)
        }
        progress.finish()
        seen.summarise(in: &report)
        let parts = survey.parts.map { "\($0.images.count) \($0.name)" }
        report.summary =
            (survey.format?.rawValue ?? "data") + " in \(survey.path): "
            + "\(survey.parts.first?.classes.count ?? 0) classes, images: "
            + (parts.isEmpty ? "none" : parts.joined(separator: ", "))
        return report
    }
}

extension DataReport {
    /// What training does not look at.
    fileprivate mutating func addPassedOver(_ survey: LabelledSurvey) {
        for path in survey.loops {
            add(
                .init(
                    .warning, "loop", file: path,
                    "the link leads back into a folder it lies in; it is not followed"))
        }
        for path in survey.hidden { add(.init(.note, "hidden", file: path, "hidden, passed over")) }
        for path in survey.ignored {
            add(.init(.note, "ignored", file: path, "no image by its name, passed over"))
        }
    }

    /// How the images of a part fall into classes.
    fileprivate mutating func addBalance(of part: LabelledSurvey.Part) {
        var counts = [Int](repeating: 0, count: part.classes.count)
        for label in part.images.labels where label < counts.count { counts[label] += 1 }
        parts.append(
            Part(
                name: part.name, samples: part.images.count,
                groups: zip(part.classes, counts).map { Count($0, $1) }))
        if part.classes.count == 1 {
            add(.init(.warning, "balance", "\(part.name) has one class only: \(part.classes[0])"))
        }
        let lower = Dictionary(grouping: part.classes) { $0.lowercased() }
        for names in lower.values.filter({ $0.count > 1 }).sorted(by: { $0[0] < $1[0] }) {
            add(
                .init(
                    .warning, "case",
                    "\(part.name): the classes \(names.joined(separator: ", ")) differ in case only"
                ))
        }
        for (name, count) in zip(part.classes, counts) where count == 0 {
            // Class folders without files are errors already.
            if case .pixels = part.images {
                add(.init(.warning, "empty-class", "\(part.name): the class \(name) has no images"))
            }
        }
        let present = zip(part.classes, counts).filter { $0.1 > 0 }
        if let most = present.max(by: { $0.1 < $1.1 }),
            let least = present.min(by: { $0.1 < $1.1 }),
            most.1 >= 10 * least.1
        {
            add(
                .init(
                    .warning, "balance",
                    "\(part.name): \(most.1) images of \(most.0), but \(least.1) of \(least.0)"))
        }
    }
}

/// What is remembered of the images, to find those that are there twice.
private struct SeenImages {
    private struct Place {
        let part: String
        let label: Int
        let name: String
    }

    private var first: [ContentHash: Place] = [:]
    private var sizes: [ImageSize: Int] = [:]
    private var grey = 0
    private var colour = 0

    mutating func read(
        _ part: LabelledSurvey.Part, _ options: ClassificationOptions,
        into report: inout DataReport, _ progress: ProgressLine
    ) throws {
        let batches = DataLoader(
            Examination(source: part.images), batchSize: 16,
            workers: max(1, options.training.workers), generator: Generator(seed: 0)
        ) { $0 }.epoch(0)
        let before = report.partsRead
        let labels = part.images.labels
        var index = 0
        while let batch = try batches.next() {
            for result in batch {
                let name = part.images.describe(index)
                switch result {
                case .failure(let error):
                    report.add(.init(.error, "unreadable", file: error.source, error.reason))
                case .success(let image):
                    add(image, Place(part: part.name, label: labels[index], name: name), &report)
                }
                index += 1
            }
            progress.update(before + index)
        }
    }

    private mutating func add(_ image: Examined, _ place: Place, _ report: inout DataReport) {
        sizes[image.size, default: 0] += 1
        if image.channels == 1 { grey += 1 } else { colour += 1 }
        if let format = image.format, !format.fits(place.name) {
            report.add(
                .init(
                    .warning, "ending", file: place.name, place: "byte 0",
                    "by its contents it is a \(format.name) file; it is read as one"))
        }
        guard let other = first[image.hash] else {
            first[image.hash] = place
            return
        }
        let (kind, text) =
            other.part != place.part
            ? ("leakage", "the same image is in \(other.part): \(other.name)")
            : other.label != place.label
                ? ("conflict", "the same image has another class: \(other.name)")
                : ("duplicate", "the same image as \(other.name)")
        report.add(.init(.warning, kind, file: place.name, text))
    }

    /// Sizes and channels of all images.
    func summarise(in report: inout DataReport) {
        let shown = sizes.sorted { ($1.value, $0.key.area) < ($0.value, $1.key.area) }
        report.counts = shown.prefix(8).map { .init("\($0.key)", $0.value) }
        if shown.count > 8 {
            report.counts.append(
                .init(
                    "\(shown.count - 8) other sizes",
                    shown.dropFirst(8).reduce(0) { $0 + $1.value }))
        }
        if grey > 0 { report.counts.append(.init("grey", grey)) }
        if colour > 0 { report.counts.append(.init("colour", colour)) }
        if grey > 0 && colour > 0 {
            report.add(
                .init(
                    .warning, "channels",
                    "\(grey) grey and \(colour) colour images; training brings all to the first one's"
                ))
        }
        let long = sizes.filter { $0.key.longerSide > 10 * $0.key.shorterSide }
        if !long.isEmpty {
            report.add(
                .init(
                    .warning, "size",
                    "\(long.values.reduce(0, +)) images are over ten times as long as they are short"
                ))
        }
    }
}

extension DataReport {
    /// The samples of the parts that were read to their end.
    fileprivate var partsRead: Int { parts.reduce(0) { $0 + $1.samples } }
}

/// What is known of an image that could be read.
private struct Examined {
    let hash: ContentHash
    let size: ImageSize
    let channels: Int
    /// What the file is by its contents; nil for images that are not files.
    let format: FileFormat?
}

/// A format of image files and the endings it goes by.
private struct FileFormat {
    let name: String

    func fits(_ path: String) -> Bool {
        let ending = FilePath.lowercasedExtension(FilePath.name(of: path))
        return switch name {
        case "JPEG": ending == "jpg" || ending == "jpeg"
        default: ending == name.lowercased()
        }
    }
}

/// Decodes images, with an error in place of one that cannot be.
private struct Examination: Dataset {
    let source: LabelledImages
    var count: Int { source.count }

    func element(at index: Int, generator: inout Generator) -> Result<Examined, ImageError> {
        Result { () throws(ImageError) in
            switch source {
            case .files(let files):
                let path = files.items[index].path
                let format = FileFormat(name: try ImageHeader(path: path).format)
                let image = try Image(path: path)
                return Examined(
                    hash: image.contentHash, size: image.size, channels: image.channels,
                    format: format)
            case .pixels(let pixels):
                let size = ImageSize(height: pixels.height, width: pixels.width)
                return pixels.withImage(index) {
                    Examined(
                        hash: Image.contentHash($0, size, channels: pixels.channels), size: size,
                        channels: pixels.channels, format: nil)
                }
            }
        }
    }
}
