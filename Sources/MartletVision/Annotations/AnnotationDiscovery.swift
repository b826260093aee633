internal import MartletData

/// Telling what a folder or file of annotated images is by the names in it.
extension AnnotationSurvey {
    /// Finds out how a folder or file holds a data set, and reads it to its end.
    ///
    /// - Throws: `DataError` when that cannot be told.
    init(discovering path: String) throws(DataError) {
        try self.init(reading: path)
        self.path = path
        finish()
    }

    private init(reading path: String) throws(DataError) {
        guard Folder.isFolder(path) else {
            // Opening it says whether it is missing or forbidden.
            _ = try asData { () throws(DiskError) in try InputFile(path) }
            guard FilePath.lowercasedExtension(FilePath.name(of: path)) == "json" else {
                throw DataError(
                    path: path, problem: "it is a file",
                    expected: "a folder of data, or COCO's .json")
            }
            var folder = FilePath.folder(of: path)
            if FilePath.name(of: folder) == "annotations" { folder = FilePath.folder(of: folder) }
            try self.init(coco: path, [.init(part: .train, file: path, folder: folder)])
            root = folder
            return
        }
        let entries = try Folder.dataEntries(path).filter { !$0.isHidden }
        let folders = entries.filter { $0.kind == .folder }.map(\.name)
        let names = entries.filter { $0.kind == .file }.map(\.name)
        if folders.contains("Annotations") {
            try self.init(vocTree: path)
        } else if entries.count == 1, folders.count == 1, Part(folder: folders[0]) == nil,
            !["images", "annotations"].contains(folders[0])
        {
            // What unpacking an archive makes: VOCdevkit/VOC2007.
            try self.init(reading: FilePath.join(path, folders[0]))
        } else if let sources = try Self.cocoSources(path, folders: folders, names: names) {
            try self.init(coco: path, sources)
        } else if let names = try Self.yoloNames(path, folders: folders, names: names) {
            try self.init(yolo: path, names, files: Folder.files(below: path))
        } else {
            try self.init(vocFolders: path, folders)
        }
    }

    private init(vocFolders path: String, _ folders: [String]) throws(DataError) {
        let parts = try Self.parts(path, folders: folders)
        let isParted = parts.contains { $0.part == .train } || parts.count == folders.count
        if isParted {
            var files: [(part: Part, files: [String])] = []
            for (part, folder) in parts { files.append((part, try Folder.files(below: folder))) }
            if files.contains(where: { Self.haveXML($0.files) }) {
                self.init(vocParts: path, files)
                return
            }
        }
        let files = try Folder.files(below: path)
        guard Self.haveXML(files) else {
            throw DataError(
                path: path, problem: "no known data set",
                expected: "Pascal VOC's Annotations and JPEGImages, or its .xml files beside the "
                    + "images; COCO's annotations/instances_train.json or _annotations.coco.json; or "
                    + "YOLO's data.yaml, images and labels")
        }
        self.init(vocFiles: path, files)
    }

    private static func haveXML(_ files: [String]) -> Bool {
        files.contains { FilePath.lowercasedExtension(FilePath.name(of: $0)) == "xml" }
    }

    /// The folders of parts among those in a folder.
    private static func parts(
        _ path: String, folders: [String]
    ) throws(DataError) -> [(part: Part, folder: String)] {
        var parts: [(part: Part, folder: String)] = []
        for name in folders {
            guard let part = Part(folder: name) else { continue }
            guard !parts.contains(where: { $0.part == part }) else {
                throw DataError(
                    path: path, problem: "two folders of \(part.rawValue) images",
                    expected: "one")
            }
            parts.append((part, FilePath.join(path, name)))
        }
        return parts
    }

    private static let cocoName = "_annotations.coco.json"

    /// The files of a COCO data set; nil where there is none.
    private static func cocoSources(
        _ path: String, folders: [String], names: [String]
    ) throws(DataError) -> [COCOSource]? {
        var sources: [COCOSource] = []
        for (part, folder) in try parts(path, folders: folders) {
            if try Folder.dataEntries(folder).contains(where: { $0.name == cocoName }) {
                let file = FilePath.join(folder, cocoName)
                sources.append(COCOSource(part: part, file: file, folder: folder))
            }
        }
        if !sources.isEmpty { return sources }
        if names.contains(cocoName) {
            let file = FilePath.join(path, cocoName)
            return [COCOSource(part: .train, file: file, folder: path)]
        }
        for folder in folders.contains("annotations") ? ["annotations", ""] : [""] {
            let place = folder.isEmpty ? path : FilePath.join(path, folder)
            var files = try Folder.dataEntries(place).filter {
                $0.kind == .file && !$0.isHidden && FilePath.lowercasedExtension($0.name) == "json"
            }.map(\.name)
            if folder.isEmpty {
                // Other programs keep their own files there.
                files = files.filter {
                    $0.hasPrefix("instances")
                        || ["train", "val", "test", "annotations"].contains(FilePath.stem(of: $0))
                }
            }
            // Captions and key points may lie beside.
            let instances = files.filter { $0.hasPrefix("instances") }
            if !instances.isEmpty { files = instances }
            let parted = files.compactMap { name in Part(naming: name).map { ($0, name) } }
            if parted.isEmpty {
                guard let only = files.first, files.count == 1 else { continue }
                return [COCOSource(part: .train, file: FilePath.join(place, only), folder: path)]
            }
            for (part, name) in parted {
                if let other = sources.first(where: { $0.part == part }) {
                    throw DataError(
                        path: place,
                        problem: "\(FilePath.name(of: other.file)) and \(name) are both of "
                            + "\(part.rawValue)", expected: "one file for each part")
                }
                sources.append(
                    COCOSource(part: part, file: FilePath.join(place, name), folder: path))
            }
            return sources
        }
        return nil
    }

    /// The classes of a YOLO data set; nil where there is none.
    private static func yoloNames(
        _ path: String, folders: [String], names: [String]
    ) throws(DataError) -> YOLONames? {
        let yaml = names.filter { ["yaml", "yml"].contains(FilePath.lowercasedExtension($0)) }
        let isTree = folders.contains("labels")
        if let name = yaml.first(where: { FilePath.stem(of: $0) == "data" })
            ?? (isTree && yaml.count == 1 ? yaml[0] : nil)
        {
            return try YOLONames(yaml: FilePath.join(path, name))
        }
        let list = "classes.txt"
        if isTree {
            let labels = FilePath.join(path, "labels")
            if try Folder.dataEntries(labels).contains(where: { $0.name == list }) {
                return try YOLONames(list: FilePath.join(labels, list))
            }
        }
        if names.contains(list) {
            if !isTree, haveXML(try Folder.files(below: path)) { return nil }
            return try YOLONames(list: FilePath.join(path, list))
        }
        guard isTree else { return nil }
        throw DataError(
            path: path, problem: "there are labels, but no names of classes",
            expected: "data.yaml with names, or classes.txt")
    }
}

extension AnnotationSurvey.Part {
    /// The part that a file's name tells of: `instances_train2017.json`.
    fileprivate init?(naming name: String) {
        guard let part = Self.allCases.first(where: { name.lowercased().contains($0.rawValue) })
        else { return nil }
        self = part
    }
}
