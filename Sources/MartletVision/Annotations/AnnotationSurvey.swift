internal import MartletData

/// What a reader of some format gathers: the parts of a data set, and everything that is wrong or odd in it.
struct AnnotationSurvey {
    /// `train`, `val` or `test`.
    enum Part: String, CaseIterable {
        case train
        case validation = "val"
        case test

        /// The part that a folder's name stands for.
        init?(folder name: String) {
            switch name {
            case "train": self = .train
            case "val", "valid", "validation": self = .validation
            case "test": self = .test
            default: return nil
            }
        }
    }

    /// The folder or file that the data set is.
    var path: String
    let format: DetectionData.Format
    /// The folder that all images lie in.
    var root: String
    var parts: [Part: [AnnotatedImage]] = [:]
    /// As the format lists them, or those of the objects, sorted by name.
    var classes: [String] = []
    var problems: [AnnotationProblem] = []
    /// What is worth knowing of how the data were read, in words.
    var notes: [String] = []

    init(path: String, format: DetectionData.Format) {
        self.path = path
        self.format = format
        root = path
    }

    /// Looks at the whole, once all parts are there: gives images to validate with where there are none, names the classes
    /// where no list does, and warns of classes and images that are there twice.
    mutating func finish() {
        if classes.isEmpty {
            let names = Set(parts.values.lazy.joined().flatMap { $0.objects.map(\.name) })
            classes = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
        holdOutValidation()
        compareClasses()
        compareParts()
    }

    mutating func warn(
        _ kind: AnnotationProblem.Kind, file: String, place: String? = nil, _ message: String
    ) {
        problems.append(.init(.warning, kind, file: file, place: place, message))
    }

    mutating func refuse(
        _ kind: AnnotationProblem.Kind, file: String, place: String? = nil, _ message: String
    ) {
        problems.append(.init(.error, kind, file: file, place: place, message))
    }

    /// Takes every tenth image out of those to train on, to validate with, where none are for that. Which ones, their
    /// names alone decide, so that they stay the same wherever the data lie, and when images are added.
    private mutating func holdOutValidation() {
        guard parts[.validation] == nil, let images = parts[.train], images.count > 1 else {
            return
        }
        let numbers = images.map { Self.number(of: FilePath.stem(of: FilePath.name(of: $0.path))) }
        var heldOut = Set(images.indices.filter { numbers[$0] % 10 == 0 })
        if heldOut.isEmpty || heldOut.count == images.count {
            let least = images.indices.min { numbers[$0] < numbers[$1] }
            heldOut = Set([least].compactMap { $0 })
        }
        parts[.validation] = images.indices.filter { heldOut.contains($0) }.map { images[$0] }
        parts[.train] = images.indices.filter { !heldOut.contains($0) }.map { images[$0] }
        notes.append("every tenth image, chosen by its name, is for validation")
    }

    /// A number that looks random, the same for the same name everywhere.
    private static func number(of name: String) -> UInt64 {
        var hash = SHA256()
        hash.update(line: name)
        return UInt64("\(hash.digest())".prefix(16), radix: 16) ?? 0
    }

    /// Warns of classes whose names differ in case only: nearly always one class with a slip in it.
    private mutating func compareClasses() {
        let groups = Dictionary(grouping: classes) { $0.lowercased() }
        for group in groups.values.filter({ $0.count > 1 }).sorted(by: { $0[0] < $1[0] }) {
            warn(
                .classes, file: path,
                "the classes \(group.sorted().map(quoted).joined(separator: " and ")) differ in "
                    + "case only; they are learnt as different ones")
        }
    }

    /// Warns of images that are in more than one part.
    private mutating func compareParts() {
        var first: [String: Part] = [:]
        for part in Part.allCases {
            for image in parts[part] ?? [] {
                if let other = first[image.path], other != part {
                    warn(
                        .leakage, file: image.path,
                        "the image is in \(other.rawValue) and in \(part.rawValue)")
                } else {
                    first[image.path] = part
                }
            }
        }
    }
}
