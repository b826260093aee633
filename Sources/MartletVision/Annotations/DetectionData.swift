public import MartletData

/// A data set for object detection, as it was found in a folder or file.
public struct DetectionData: Sendable, CustomStringConvertible {
    /// How a data set is stored.
    public enum Format: String, Sendable, CaseIterable {
        case voc, coco, yolo

        /// `Pascal VOC`, `COCO` or `YOLO`.
        public var title: String {
            switch self {
            case .voc: "Pascal VOC"
            case .coco: "COCO"
            case .yolo: "YOLO"
            }
        }
    }

    /// The folder or file.
    public let path: String
    /// How it is stored.
    public let format: Format
    /// The names of the classes, of all parts together. A label is an index into them.
    public let classes: [String]
    /// To train on; of data without separate parts nine tenths.
    public let train: [AnnotatedImage]?
    /// To choose a model by; of data without separate parts a tenth.
    public let validation: [AnnotatedImage]?
    /// To judge the chosen model by.
    public let test: [AnnotatedImage]?
    /// What is odd in the data, and, where images that cannot be used were left out, what is wrong with them.
    public let problems: [AnnotationProblem]
    /// The folder that all images lie in.
    let root: String
    private let notes: [String]

    /// Finds out how a folder or file holds a data set, and reads its annotations. Images are found, but not opened, save
    /// those whose size no annotation tells.
    ///
    /// - Pascal VOC's tree: `Annotations`, `JPEGImages`, and lists of names in `ImageSets/Main` (`train.txt`, `val.txt`,
    ///   `trainval.txt`, `test.txt`); or a folder with annotations of its form (`.xml`) beside or below the images; or
    ///   `train/`, `val/` (or `valid/`) and `test/` folders of such.
    /// - COCO's tree: `annotations/instances_train2017.json` and `instances_val2017.json` with the images anywhere in the
    ///   folder; or `train/`, `valid/` and `test/` folders that have a `_annotations.coco.json` beside the images; or one
    ///   such file.
    /// - YOLO's tree: `data.yaml` (or `classes.txt`), and images in `images/train` or `train/images` with their labels in
    ///   `labels/train` or `train/labels`, or beside the images.
    ///
    /// The classes are sorted by their names, those of COCO by their numbers, and those of YOLO are as `data.yaml` lists
    /// them. Of data without separate parts every tenth image is for validation; which ones, their names decide.
    ///
    /// - Parameters:
    ///   - path: the folder or file.
    ///   - skippingBad: whether images that cannot be used as they are annotated are left out and noted in `problems`.
    /// - Throws: `DataError` when there is no known data set, or nothing in it; and when there are images that cannot be used:
    ///   it names the first, and how many more problems there are.
    public init(discovering path: String, skippingBad: Bool = false) throws(DataError) {
        let survey = try AnnotationSurvey(discovering: path)
        let isEmpty = survey.parts.values.allSatisfy(\.isEmpty)
        let errors = survey.problems.filter { $0.severity == .error }
        if let first = errors.first, !skippingBad || isEmpty {
            let others = errors.count - 1
            throw DataError(
                path: first.file, place: first.place,
                problem: others == 0
                    ? first.message
                    : "\(first.message) (and \(others) more: martlet data check lists them)")
        }
        if isEmpty {
            throw DataError(
                path: path, problem: "there is no annotated image", expected: "at least one")
        }
        self.init(survey)
    }

    /// The data set that a reader found.
    init(_ survey: AnnotationSurvey) {
        path = survey.path
        format = survey.format
        classes = survey.classes
        train = survey.parts[.train]
        validation = survey.parts[.validation]
        test = survey.parts[.test]
        problems = survey.problems
        root = survey.root
        notes = survey.notes
    }

    /// What was found, in words: `Pascal VOC in DIR: 205 train and 87 validation images, 3 classes, 3456 objects`.
    public var description: String {
        let parts = [("train", train), ("validation", validation), ("test", test)]
            .compactMap { name, part in part.map { (name, $0) } }
        let counts = parts.map { "\($0.1.count) \($0.0)" }
        let shown =
            counts.count > 1
            ? "\(counts.dropLast().joined(separator: ", ")) and \(counts[counts.count - 1])"
            : counts.joined()
        let objects = parts.reduce(0) { $0 + $1.1.reduce(0) { $0 + $1.objects.count } }
        let text =
            "\(format.title) in \(path): \(shown) images, \(classes.count) "
            + "class\(classes.count == 1 ? "" : "es"), \(objects) objects"
        return ([text] + notes).joined(separator: "; ")
    }

    /// Where an image lies in the folder.
    func relativePath(of image: AnnotatedImage) -> String {
        let path = image.path.utf8.dropFirst(root.utf8.count).drop { $0 == UInt8(ascii: "/") }
        return String(Substring(path))
    }

    /// Stands for the classes, and for the names, sizes and objects of the images; not for the folder they lie in, nor for what
    /// the images show.
    public var fingerprint: ContentHash {
        var hash = SHA256()
        for name in classes { hash.update(line: name) }
        for (name, part) in [("train", train), ("validation", validation), ("test", test)] {
            guard let part else { continue }
            hash.update(line: "\(name) \(part.count)")
            for image in part {
                hash.update(
                    line: "\(image.size) \(image.objects.count) \(relativePath(of: image))")
                for object in image.objects {
                    let box = object.box
                    let marks = [
                        object.isDifficult, object.isTruncated, object.isOccluded, object.isCrowd,
                    ].map { $0 ? "1" : "0" }.joined()
                    hash.update(
                        line: "\(box.x) \(box.y) \(box.width) \(box.height) \(marks) "
                            + "\(object.area.map { "\($0)" } ?? "-") \(object.name)")
                }
            }
        }
        return hash.digest()
    }
}
