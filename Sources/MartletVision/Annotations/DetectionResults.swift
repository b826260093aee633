public import MartletData
public import MartletMetrics

extension DetectionRecord {
    /// Reads what some program found in images, and what there was to be found in them.
    ///
    /// Results are a file of COCO's form for them: a list of
    /// `{"image_id": 17, "category_id": 3, "bbox": [x, y, width, height], "score": 0.9}`. What there is to be found is
    ///
    /// - a file of COCO's form, whose ids for images and classes the results use. The image files are not needed;
    /// - or a folder with a data set of another form. Of its parts the one to test on counts, else the one to validate with,
    ///   else that to train on. `image_id` is the name of the image's file without its ending, or the number that is
    ///   (`"000017"` or 17), `category_id` the class's name, or its place in the order of the classes, from 1.
    ///
    /// - Throws: `DataError` where a file cannot be read, or a result names an image or a class that is not there.
    public init(results: String, truth: String) throws(DataError) {
        let names: ResultNames
        if Folder.isFolder(truth) {
            let data = try DetectionData(discovering: truth)
            guard data.format != .coco else {
                throw DataError(
                    path: truth, problem: "a folder with data of COCO's form",
                    expected: "the file of annotations whose ids the results use")
            }
            self.init(classes: data.classes)
            names = add(data)
        } else {
            let file = try COCOFile(path: truth)
            let categories = file.categories.sorted { $0.id < $1.id }
            self.init(classes: categories.map(\.name))
            names = try add(file, categories: categories.map(\.id))
        }
        for (image, detections) in try ResultReader(path: results, names: names).detections {
            add(image: image, detections: detections, truths: [])
        }
    }

    /// Adds what a file of COCO's form says there is.
    private mutating func add(
        _ file: COCOFile, categories: [Int]
    ) throws(DataError) -> ResultNames {
        func refuse(_ place: String, _ problem: String) -> DataError {
            DataError(path: file.path, place: place, problem: problem)
        }
        if let fault = file.faults.first { throw refuse(fault.place, fault.message) }
        var names = ResultNames(source: file.path)
        for (label, id) in categories.enumerated() {
            names.labels[.number(id), default: []] += [label]
        }
        for category in file.categories where names.labels[.number(category.id)]?.count != 1 {
            throw refuse(
                COCOFile.place("category", category.id, category.byte), "the id is there twice")
        }
        for image in file.images {
            guard names.images.updateValue([image.id], forKey: .number(image.id)) == nil else {
                throw refuse(
                    COCOFile.place("image", image.id, image.byte), "the id is there already")
            }
            add(image: image.id, detections: [], truths: [])
        }
        var truths: [Int: [DetectionTruth]] = [:]
        for object in file.objects {
            guard names.images[.number(object.image)] != nil else {
                throw refuse(object.place, "there is no image \(object.image)")
            }
            guard let label = names.labels[.number(object.category)]?.first else {
                throw refuse(object.place, "there is no category \(object.category)")
            }
            truths[object.image, default: []].append(
                DetectionTruth(
                    box: object.box, label: label, area: object.area, isCrowd: object.isCrowd,
                    isDifficult: object.isDifficult))
        }
        for (image, truths) in truths { add(image: image, detections: [], truths: truths) }
        return names
    }

    /// Adds what a data set says there is.
    private mutating func add(_ data: DetectionData) -> ResultNames {
        var names = ResultNames(source: data.path)
        for (label, name) in data.classes.enumerated() {
            names.labels[.text(name), default: []].append(label)
            names.labels[.number(label + 1), default: []].append(label)
        }
        let labels = Dictionary(
            data.classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, image) in (data.test ?? data.validation ?? data.train ?? []).enumerated() {
            let stem = FilePath.stem(of: FilePath.name(of: image.path))
            names.images[.text(stem), default: []].append(number)
            if let whole = Int(stem) { names.images[.number(whole), default: []].append(number) }
            let truths = image.objects.compactMap { object in
                labels[object.name].map {
                    DetectionTruth(
                        box: object.box, label: $0, area: object.area, isCrowd: object.isCrowd,
                        isDifficult: object.isDifficult)
                }
            }
            add(image: number, detections: [], truths: truths)
        }
        return names
    }
}

/// What results may name: for images their numbers, for classes their labels; several where a name is not clear.
private struct ResultNames {
    /// The file or folder that has them.
    let source: String
    var images: [COCOEntry.Name: [Int]] = [:]
    var labels: [COCOEntry.Name: [Int]] = [:]
}

/// Reads a file of results, at most 4 GiB.
private struct ResultReader {
    /// By the image's number, in the file's order.
    private(set) var detections: [Int: [Detection]] = [:]
    private let names: ResultNames
    private var count = 0

    init(path: String, names: ResultNames) throws(DataError) {
        self.names = names
        var failure: JSONScanner.Failure?
        var fault: (place: String, message: String)?
        try InputFile.contents(path, longest: 4 << 30).withUnsafeBufferPointer {
            var scanner = JSONScanner($0)
            do throws(JSONScanner.Failure) {
                scanner.skipByteOrderMark()
                try scanner.elements { scanner throws(JSONScanner.Failure) in
                    let entry = add(try COCOEntry(&scanner))
                    count += 1
                    if fault == nil, let found = entry.fault {
                        fault = ("result \(count) (byte \(entry.byte))", found.message)
                    }
                }
                if scanner.peek() != nil { throw scanner.failure(expected: "the end of the file") }
            } catch {
                failure = error
            }
        }
        if let failure {
            throw DataError(
                path: path, place: "byte \(failure.byte)", problem: failure.problem,
                expected: failure.expected)
        }
        if let fault { throw DataError(path: path, place: fault.place, problem: fault.message) }
    }

    /// Takes in a result; it comes back with a fault if it cannot be used.
    private mutating func add(_ entry: COCOEntry) -> COCOEntry {
        var entry = entry
        let image = find("image_id", "image", names.images, &entry)
        let label = find("category_id", "class", names.labels, &entry)
        let box = entry.box()
        let score = entry.number("score")
        if let image, let label, let box, let score {
            detections[image, default: []].append(Detection(box: box, label: label, score: score))
        }
        return entry
    }

    private func find(
        _ key: String, _ what: String, _ known: [COCOEntry.Name: [Int]], _ entry: inout COCOEntry
    ) -> Int? {
        guard let name = entry.name(key) else { return nil }
        let found = known[name] ?? []
        if found.count == 1 { return found[0] }
        entry.refuse(
            .missing,
            found.isEmpty
                ? "there is no \(what) \(name) in \(names.source)"
                : "several are called \(what) \(name) in \(names.source)")
        return nil
    }
}
