internal import MartletData
internal import MartletMetrics

/// Data sets of COCO's files.
extension AnnotationSurvey {
    /// A file of annotations, the part it is of, and the folder that its images lie in.
    struct COCOSource {
        let part: Part
        let file: String
        let folder: String
    }

    init(coco path: String, _ sources: [COCOSource]) throws(DataError) {
        self.init(path: path, format: .coco)
        var files: [(COCOSource, COCOFile)] = []
        for source in sources { files.append((source, try COCOFile(path: source.file))) }
        let names = mergeCategories(files.map(\.1))
        var indices: [String: ImageIndex] = [:]
        for (source, file) in files {
            if indices[source.folder] == nil {
                indices[source.folder] = ImageIndex(try Folder.files(below: source.folder))
            }
            guard let index = indices[source.folder] else { continue }
            var reader = COCOReader(file: file, index: index, classes: names)
            parts[source.part] = reader.images()
            problems += reader.problems
        }
    }

    /// The names of all files' classes by their numbers; they are listed in the numbers' order.
    private mutating func mergeCategories(_ files: [COCOFile]) -> [Int: String] {
        var names: [Int: String] = [:]
        for file in files {
            var own: Set<Int> = []
            for category in file.categories {
                let place = COCOFile.place("category", category.id, category.byte)
                if !own.insert(category.id).inserted {
                    refuse(.duplicate, file: file.path, place: place, "the id is there already")
                } else if let other = names[category.id], other != category.name {
                    refuse(
                        .classes, file: file.path, place: place,
                        "the name is \(quoted(category.name)), but \(quoted(other)) in another part"
                    )
                } else {
                    names[category.id] = category.name
                }
            }
        }
        var listed: [String] = []
        var known: Set<String> = []
        for (id, name) in names.sorted(by: { $0.key < $1.key }) {
            if !known.insert(name).inserted {
                warn(
                    .classes, file: files[0].path, place: "category \(id)",
                    "another category is called \(quoted(name)) too; they are learnt as one class")
            } else {
                listed.append(name)
            }
        }
        classes = listed
        return names
    }
}

/// Puts together what the lists of a file say.
private struct COCOReader {
    let file: COCOFile
    let index: ImageIndex
    let classes: [Int: String]
    private(set) var problems: [AnnotationProblem] = []
    /// Images that cannot be used.
    private var bad: Set<Int> = []

    init(file: COCOFile, index: ImageIndex, classes: [Int: String]) {
        self.file = file
        self.index = index
        self.classes = classes
    }

    private mutating func refuse(
        _ kind: AnnotationProblem.Kind, _ place: String, _ message: String, image: Int? = nil
    ) {
        problems.append(.init(.error, kind, file: file.path, place: place, message))
        if let image { bad.insert(image) }
    }

    /// The images that can be used, each with its objects.
    mutating func images() -> [AnnotatedImage] {
        for fault in file.faults {
            refuse(fault.kind, fault.place, fault.message, image: fault.image)
        }
        var found: [(id: Int, path: String)] = []
        var collectors: [ObjectCollector] = []
        var numbers: [Int: Int] = [:]
        var paths: Set<String> = []
        for image in file.images {
            let place = COCOFile.place("image", image.id, image.byte)
            guard numbers[image.id] == nil else {
                refuse(.duplicate, place, "the id is there already", image: image.id)
                continue
            }
            // Objects of an image that cannot be used are not without one.
            numbers[image.id] = found.count
            let path = locate(image, place)
            if let path, !paths.insert(path).inserted {
                refuse(
                    .duplicate, place, "another entry is of the same file, \(path)", image: image.id
                )
            }
            found.append((image.id, path ?? image.name))
            collectors.append(
                ObjectCollector(file: file.path, size: path.flatMap { size(of: image, $0, place) }))
        }
        link(to: numbers, &collectors)
        var images: [AnnotatedImage] = []
        for (image, collector) in zip(found, collectors) {
            problems += collector.problems
            guard !bad.contains(image.id), let size = collector.size else { continue }
            images.append(
                AnnotatedImage(path: image.path, size: size, objects: collector.objects))
        }
        return images
    }

    private mutating func link(to numbers: [Int: Int], _ collectors: inout [ObjectCollector]) {
        var known: Set<Int> = []
        for object in file.objects {
            guard let number = numbers[object.image] else {
                // One that cannot be used was told of.
                if !bad.contains(object.image) {
                    refuse(.missing, object.place, "there is no image \(object.image)")
                }
                continue
            }
            guard let name = classes[object.category] else {
                refuse(
                    .classes, object.place, "there is no category \(object.category)",
                    image: object.image)
                continue
            }
            if let id = object.id, !known.insert(id).inserted {
                refuse(
                    .duplicate, object.place, "the id is there already", image: object.image)
                continue
            }
            collectors[number].add(
                AnnotatedObject(
                    name: name, box: object.box, isDifficult: object.isDifficult,
                    isTruncated: object.isTruncated, isOccluded: object.isOccluded,
                    isCrowd: object.isCrowd, area: object.area),
                at: object.place)
        }
    }

    /// An image's file. Only the names of files and folders below the data's folder count, so that no path leads out of it.
    private mutating func locate(_ image: COCOFile.Image, _ place: String) -> String? {
        var found = index.images(named: FilePath.name(of: image.name), near: "")
        if found.count > 1 {
            let same = found.filter { $0.hasSuffix("/" + image.name) }
            if !same.isEmpty { found = same }
        }
        if found.count > 1 {
            // instances_train2017.json goes with the folder train2017.
            let stem = FilePath.stem(of: FilePath.name(of: file.path))
            let like = found.filter {
                stem.hasSuffix("_" + FilePath.name(of: FilePath.folder(of: $0)))
            }
            if !like.isEmpty { found = like }
        }
        if found.count == 1 { return found[0] }
        refuse(
            .missing, place,
            found.isEmpty
                ? "there is no image \(quoted(image.name))"
                : "several images have its name: \(found.joined(separator: ", "))",
            image: image.id)
        return nil
    }

    private mutating func size(
        of image: COCOFile.Image, _ path: String, _ place: String
    ) -> ImageSize? {
        if let size = image.size { return size }
        do throws(ImageError) {
            return try ImageHeader(path: path).size
        } catch {
            refuse(.unreadable, place, "\(error)", image: image.id)
            return nil
        }
    }
}
