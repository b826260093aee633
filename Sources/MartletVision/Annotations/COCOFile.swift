internal import MartletData
internal import MartletMetrics

/// A file of COCO's form: lists of images, of what is in them, and of classes, which name each other by numbers.
///
/// Lin et al., "Microsoft COCO: Common Objects in Context", 2014.
struct COCOFile {
    struct Image {
        let id: Int
        let name: String
        /// Nil where the file does not say.
        let size: ImageSize?
        let byte: Int
    }

    struct Object {
        let id: Int?
        let image: Int
        let category: Int
        let box: Box
        /// Square pixels that the thing itself covers.
        let area: Double?
        let isCrowd: Bool
        /// Members that COCO does not have, which keep what Pascal VOC says.
        let isDifficult, isTruncated, isOccluded: Bool
        let byte: Int
        var place: String { COCOFile.place("annotation", id, byte) }
    }

    struct Category {
        let id: Int
        let name: String
        let byte: Int
    }

    /// Something wrong in one of the entries.
    struct Fault {
        let kind: AnnotationProblem.Kind
        let place: String
        let message: String
        /// The image that it is about, where that can be told.
        let image: Int?
    }

    let path: String
    private(set) var images: [Image] = []
    private(set) var objects: [Object] = []
    private(set) var categories: [Category] = []
    private(set) var faults: [Fault] = []

    /// Reads a file of at most 4 GiB.
    ///
    /// - Throws: `DataError` with the byte when it is no JSON, or has other lists. What is wrong in an entry is noted in
    ///   `faults`, and the others are read.
    init(path: String) throws(DataError) {
        try self.init(InputFile.contents(path, longest: 4 << 30), path: path)
    }

    /// Reads what a file holds; `path` is what it is called in errors.
    init(_ bytes: [UInt8], path: String) throws(DataError) {
        self.path = path
        var failure: JSONScanner.Failure?
        bytes.withUnsafeBufferPointer {
            var scanner = JSONScanner($0)
            do throws(JSONScanner.Failure) { try read(&scanner) } catch { failure = error }
        }
        guard let failure else { return }
        throw DataError(
            path: path, place: "byte \(failure.byte)", problem: failure.problem,
            expected: failure.expected)
    }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        // A byte order mark, which some editors write.
        scanner.skipByteOrderMark()
        var known: Set<String> = []
        try scanner.members { scanner, key, byte throws(JSONScanner.Failure) in
            guard ["images", "annotations", "categories"].contains(key) else {
                return try scanner.skipValue()
            }
            guard known.insert(key).inserted else {
                throw JSONScanner.Failure(
                    byte: byte, problem: "the key \"\(key)\" again", expected: "it once")
            }
            try scanner.elements { scanner throws(JSONScanner.Failure) in
                let entry = try COCOEntry(&scanner)
                switch key {
                case "images": addImage(entry)
                case "annotations": addObject(entry)
                default: addCategory(entry)
                }
            }
        }
        if scanner.peek() != nil { throw scanner.failure(expected: "the end of the file") }
        for key in ["images", "annotations", "categories"] where !known.contains(key) {
            throw JSONScanner.Failure(
                byte: scanner.position, problem: "there is no \"\(key)\"",
                expected: "images, annotations and categories")
        }
    }

    private mutating func addImage(_ entry: COCOEntry) {
        var entry = entry
        let id = entry.whole("id")
        let name = entry.text("file_name")
        let (width, height) = (
            entry.optionalWhole("width") ?? 0, entry.optionalWhole("height") ?? 0
        )
        if min(width, height) < 0 || max(width, height) > 1 << 24 {
            entry.refuse(.size, "a size of \(width)x\(height); expected whole numbers above 0")
        }
        guard entry.fault == nil, let id, let name else {
            return note(entry, "image", id, image: id)
        }
        images.append(
            Image(
                id: id, name: name,
                size: width > 0 && height > 0 ? ImageSize(height: height, width: width) : nil,
                byte: entry.byte))
    }

    private mutating func addObject(_ entry: COCOEntry) {
        var entry = entry
        let id = entry.optionalWhole("id")
        let image = entry.whole("image_id")
        let category = entry.whole("category_id")
        let box = entry.box()
        let area = entry.optionalArea("area")
        let isCrowd = entry.mark("iscrowd")
        let (isDifficult, isTruncated) = (entry.mark("difficult"), entry.mark("truncated"))
        let isOccluded = entry.mark("occluded")
        guard entry.fault == nil, let image, let category, let box else {
            return note(entry, "annotation", id, image: image)
        }
        objects.append(
            Object(
                id: id, image: image, category: category,
                box: box, area: area, isCrowd: isCrowd, isDifficult: isDifficult,
                isTruncated: isTruncated, isOccluded: isOccluded, byte: entry.byte))
    }

    private mutating func addCategory(_ entry: COCOEntry) {
        var entry = entry
        let id = entry.whole("id")
        let name = entry.text("name")
        guard entry.fault == nil, let id, let name else { return note(entry, "category", id) }
        categories.append(Category(id: id, name: name, byte: entry.byte))
    }

    private mutating func note(_ entry: COCOEntry, _ what: String, _ id: Int?, image: Int? = nil) {
        guard let fault = entry.fault else { return }
        faults.append(
            Fault(
                kind: fault.kind, place: Self.place(what, id, entry.byte), message: fault.message,
                image: image))
    }

    /// `annotation 17 (byte 1234)`.
    static func place(_ what: String, _ id: Int?, _ byte: Int) -> String {
        "\(what)\(id.map { " \($0)" } ?? "") (byte \(byte))"
    }
}
