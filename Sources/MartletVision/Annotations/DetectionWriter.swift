internal import MartletData
public import MartletMetrics

extension DetectionData {
    /// Writes the data set in a format: a folder that appears whole or not at all. Image files are put into it under second
    /// names where the system allows that, else copied.
    ///
    /// Boxes come back as they were, those of more than six decimals to the nearest millionth of a pixel.
    ///
    /// - Parameters:
    ///   - format: Pascal VOC's tree, COCO's with `annotations/instances_PART.json` and `images/PART`, or YOLO's with
    ///     `data.yaml`, `images/PART` and `labels/PART`.
    ///   - target: the folder, which must not exist.
    /// - Returns: what the format cannot hold and was left out, in words.
    /// - Throws: `DataError` for classes that the format cannot name, `DiskError`.
    public func write(as format: Format, to target: String) throws -> [String] {
        var names = ImageNames(self, areShared: format == .voc)
        if format == .voc { try checkNamesForXML() }
        try AtomicDirectory.write(to: target) { folder in
            switch format {
            case .voc: try writeVOC(&names, to: folder)
            case .coco: try writeCOCO(&names, to: folder)
            case .yolo: try writeYOLO(&names, to: folder)
            }
        }
        return losses(in: format)
    }

    /// The parts that there are, by the names that folders and files have.
    var parts: [(name: String, images: [AnnotatedImage])] {
        [("train", train), ("val", validation), ("test", test)].compactMap { name, images in
            images.map { (name, $0) }
        }
    }

    private func writeVOC(_ names: inout ImageNames, to folder: AtomicDirectory) throws {
        for name in ["Annotations", "JPEGImages", "ImageSets/Main"] { try folder.makeFolder(name) }
        for (part, images) in parts {
            var list = ""
            for image in images {
                let (name, isNew) = names.next(image, in: part)
                let stem = FilePath.stem(of: name)
                list += stem + "\n"
                guard isNew else { continue }
                try folder.add(image.path, as: "JPEGImages/\(name)")
                var objects = image.objects
                for index in objects.indices where objects[index].isCrowd {
                    objects[index].isDifficult = true
                }
                let annotation = VOCAnnotation(filename: name, size: image.size, objects: objects)
                try folder.write(annotation.xml, as: "Annotations/\(stem).xml")
            }
            try folder.write(list, as: "ImageSets/Main/\(part).txt")
        }
    }

    private func writeCOCO(_ names: inout ImageNames, to folder: AtomicDirectory) throws {
        try folder.makeFolder("annotations")
        let categories = classes.enumerated().map { index, name in
            "{\"id\": \(index + 1), \"name\": \(jsonText(name))}"
        }
        let ids = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0 + 1) })
        for (part, images) in parts {
            try folder.makeFolder("images/\(part)")
            var entries: [String] = []
            var annotations: [String] = []
            for (index, image) in images.enumerated() {
                let (name, _) = names.next(image, in: part)
                try folder.add(image.path, as: "images/\(part)/\(name)")
                entries.append(
                    "{\"id\": \(index + 1), \"file_name\": \(jsonText(name)), "
                        + "\"width\": \(image.size.width), \"height\": \(image.size.height)}")
                for object in image.objects {
                    annotations.append(
                        coco(
                            object, id: annotations.count + 1, image: index + 1,
                            category: ids[object.name] ?? 0))
                }
            }
            let lists = [
                ("images", entries), ("annotations", annotations), ("categories", categories),
            ]
            let text = lists.map { "\"\($0)\": [\n\($1.joined(separator: ",\n"))\n]" }
            try folder.write(
                "{\(text.joined(separator: ",\n"))}\n", as: "annotations/instances_\(part).json")
        }
    }

    private func coco(_ object: AnnotatedObject, id: Int, image: Int, category: Int) -> String {
        let box = [object.box.x, object.box.y, object.box.width, object.box.height]
        var text =
            "{\"id\": \(id), \"image_id\": \(image), \"category_id\": \(category), "
            + "\"bbox\": [\(box.map(written).joined(separator: ", "))], "
            + "\"area\": \(written(object.area ?? object.box.area)), "
            + "\"iscrowd\": \(object.isCrowd ? 1 : 0)"
        // Members of our own, which other readers pass over.
        if object.isDifficult { text += ", \"difficult\": 1" }
        if object.isTruncated { text += ", \"truncated\": 1" }
        if object.isOccluded { text += ", \"occluded\": 1" }
        return text + "}"
    }

    private func writeYOLO(_ names: inout ImageNames, to folder: AtomicDirectory) throws {
        let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        var yaml = ""
        for (part, images) in parts {
            yaml += "\(part): images/\(part)\n"
            try folder.makeFolder("images/\(part)")
            try folder.makeFolder("labels/\(part)")
            for image in images {
                let (name, _) = names.next(image, in: part)
                try folder.add(image.path, as: "images/\(part)/\(name)")
                let lines = image.objects.map { object in
                    object.box.yoloText(label: labels[object.name] ?? 0, in: image.size) + "\n"
                }
                try folder.write(
                    lines.joined(), as: "labels/\(part)/\(FilePath.stem(of: name)).txt")
            }
        }
        yaml += "names:\n"
        for (index, name) in classes.enumerated() { yaml += "  \(index): \(jsonText(name))\n" }
        try folder.write(yaml, as: "data.yaml")
    }

    private func checkNamesForXML() throws(DataError) {
        for name in classes
        where TextLines.trimmed(name) != name
            || name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        {
            throw DataError(
                path: path, problem: "the class \(quoted(name))",
                expected: "a name that XML keeps: no control characters, no spaces around it")
        }
    }

    /// What a format has no place for.
    private func losses(in format: Format) -> [String] {
        let objects = parts.flatMap(\.images).flatMap(\.objects)
        func count(_ what: String, _ isLost: (AnnotatedObject) -> Bool) -> String? {
            let count = objects.count(where: isLost)
            return count == 0 ? nil : "\(format.title) has no place for \(what): \(count) objects"
        }
        let areas = count("areas other than a box's") { object in
            object.area.map { abs($0 - object.box.area) > 1e-3 } ?? false
        }
        switch format {
        case .coco: return []
        case .voc:
            let crowds = count("crowds, which are written as difficult") { $0.isCrowd }
            let present = Set(objects.map(\.name))
            let absent = classes.filter { !present.contains($0) }
            let unused =
                absent.isEmpty
                ? nil
                : "\(format.title) has no list of classes; without objects are: "
                    + absent.map(quoted).joined(separator: ", ")
            return [crowds, areas, unused].compactMap { $0 }
        case .yolo:
            return [
                count("difficult") { $0.isDifficult }, count("truncated") { $0.isTruncated },
                count("occluded") { $0.isOccluded }, count("crowds") { $0.isCrowd }, areas,
            ].compactMap { $0 }
        }
    }
}

extension Box {
    /// The box as YOLO's files of labels have it: the class, then middle, width and height as parts of the image's.
    ///
    /// - Parameter score: a last column, which files of predictions have.
    public func yoloText(label: Int, in size: ImageSize, score: Double? = nil) -> String {
        let (width, height) = (Double(size.width), Double(size.height))
        let numbers =
            [
                (x + self.width / 2) / width, (y + self.height / 2) / height,
                self.width / width, self.height / height,
            ] + (score.map { [$0] } ?? [])
        return "\(label) " + numbers.map(written).joined(separator: " ")
    }
}

/// The names of image files in a new folder: their own, or, where two would differ in nothing or in their endings only, with
/// the folders they lay in.
private struct ImageNames {
    private let data: DetectionData
    /// Whether all parts lie in one folder.
    private let areShared: Bool
    /// How many images of a folder have a name, without its ending.
    private var counts: [String: Int] = [:]
    private var taken: Set<String> = []
    private var given: [String: String] = [:]

    init(_ data: DetectionData, areShared: Bool) {
        self.data = data
        self.areShared = areShared
        var known: Set<String> = []
        for (part, images) in data.parts {
            for image in images where known.insert(key(image.path, part)).inserted {
                counts[key(Self.stem(image.path), part), default: 0] += 1
            }
        }
    }

    private static func stem(_ path: String) -> String {
        FilePath.stem(of: FilePath.name(of: path))
    }

    private func key(_ name: String, _ part: String) -> String {
        areShared ? name : "\(part)/\(name)"
    }

    /// An image's name in the folder of its part, and whether it was not named before.
    mutating func next(_ image: AnnotatedImage, in part: String) -> (name: String, isNew: Bool) {
        if let name = given[key(image.path, part)] { return (name, false) }
        var name = FilePath.name(of: image.path)
        if counts[key(FilePath.stem(of: name), part), default: 0] > 1 {
            name = data.relativePath(of: image).split(separator: "/").joined(separator: "_")
        }
        // Lists of names are text, line by line.
        name = TextLines.trimmed(
            String(
                String.UnicodeScalarView(
                    name.unicodeScalars.map {
                        $0.properties.generalCategory == .control ? "_" : $0
                    })))
        let (stem, ending) = (FilePath.stem(of: name), FilePath.lowercasedExtension(name))
        var number = 2
        while !taken.insert(key(FilePath.stem(of: name), part)).inserted {
            name = "\(stem)-\(number).\(ending)"
            number += 1
        }
        given[key(image.path, part)] = name
        return (name, true)
    }
}

/// Text as JSON has it, and YAML too.
private func jsonText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case " "..."~", "\u{A1}"..."\u{1FFF}", "\u{2030}"..."\u{D7FF}", "\u{10000}"...:
            result.unicodeScalars.append(scalar)
        default:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
    return result + "\""
}
