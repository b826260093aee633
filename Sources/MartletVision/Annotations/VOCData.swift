internal import MartletData

/// Data sets of Pascal VOC's files.
extension AnnotationSurvey {
    /// Reads VOC's own tree: `Annotations`, `JPEGImages`, and lists of names in `ImageSets/Main`; without lists, all
    /// annotations.
    init(vocTree path: String) throws(DataError) {
        self.init(path: path, format: .voc)
        let images = FilePath.join(path, "JPEGImages")
        let index = ImageIndex(
            try Folder.files(below: Folder.isFolder(images) ? images : path))
        let folder = FilePath.join(path, "Annotations")
        let annotations = VOCFiles(
            try Folder.files(below: folder), within: folder, images: index)
        let sets = FilePath.join(path, "ImageSets/Main")
        let present = Folder.isFolder(sets) ? try Folder.dataEntries(sets).map(\.name) : []
        var lists: [String: VOCList] = [:]
        for name in ["train", "val", "trainval", "test"] where present.contains(name + ".txt") {
            lists[name] = try VOCList(
                FilePath.join(sets, name + ".txt"), of: annotations, problems: &problems)
        }
        if lists.isEmpty {
            add(annotations, to: .train)
            return
        }
        // What is for validation is taken out of a list of both.
        let validation = lists["val"]
        let training = lists["train"] ?? lists["trainval"]?.without(validation)
        for (part, list) in [
            (Part.train, training), (.validation, validation), (.test, lists["test"]),
        ] {
            guard let list else { continue }
            var used: Set<String> = []
            parts[part] = list.entries.compactMap { entry in
                guard let path = annotations.path(of: entry, in: list.path, into: &problems) else {
                    return nil
                }
                return image(of: path, annotations, &used)
            }
        }
    }

    /// Reads annotations that lie with the images, in a folder and those in it.
    init(vocFiles path: String, _ files: [String]) {
        self.init(path: path, format: .voc)
        add(VOCFiles(files, within: path, images: ImageIndex(files)), to: .train)
    }

    /// Reads folders of such, one for each part.
    init(vocParts path: String, _ folders: [(part: Part, files: [String])]) {
        self.init(path: path, format: .voc)
        for (part, files) in folders {
            add(VOCFiles(files, within: path, images: ImageIndex(files)), to: part)
        }
    }

    private mutating func add(_ annotations: VOCFiles, to part: Part) {
        var used: Set<String> = []
        parts[part] = annotations.paths.compactMap { image(of: $0, annotations, &used) }
        for path in annotations.images.paths
        where !used.contains(path) && !annotations.mentions(path) {
            warn(.unannotated, file: path, "no annotation is of this image; it is left out")
        }
    }

    /// The image of an annotation; nil, after saying why, where it cannot be used or another annotation had it.
    private mutating func image(
        of path: String, _ annotations: VOCFiles, _ used: inout Set<String>
    ) -> AnnotatedImage? {
        guard let image = annotations.image(annotation: path, into: &problems) else { return nil }
        guard used.insert(image.path).inserted else {
            refuse(
                .duplicate, file: path, "another annotation is of the same image, \(image.path)")
            return nil
        }
        return image
    }
}

/// A list of names of `ImageSets/Main`.
private struct VOCList {
    let path: String
    private(set) var entries: [(line: Int, name: String)] = []

    init(
        _ path: String, of annotations: VOCFiles, problems: inout [AnnotationProblem]
    ) throws(DataError) {
        self.path = path
        var first: [String: Int] = [:]
        for (line, text) in try TextLines.numbered(path, longest: 64 << 20) {
            // Lists of one class have a mark behind the name.
            let words = text.split(whereSeparator: \.isWhitespace)
            let isMarked = words.count == 2 && ["-1", "0", "1"].contains(words[1])
            let name = isMarked && !annotations.have(text) ? String(words[0]) : text
            if let earlier = first[name] {
                problems.append(
                    .init(
                        .warning, .duplicate, file: path, place: "line \(line)",
                        "\(quoted(name)) is there already, in line \(earlier); it is taken once"))
            } else {
                first[name] = line
                entries.append((line, name))
            }
        }
    }

    /// The entries that another list does not have.
    func without(_ other: VOCList?) -> VOCList {
        guard let other else { return self }
        let names = Set(other.entries.map(\.name))
        var rest = self
        rest.entries.removeAll { names.contains($0.name) }
        return rest
    }
}

/// The annotations of a data set by their names.
private struct VOCFiles {
    /// In the order of their paths' bytes.
    let paths: [String]
    let images: ImageIndex
    /// By their paths in the folder, without the ending.
    private let byName: [String: String]
    /// What the annotations are called, those that cannot be used as well.
    private let stems: Set<String>

    /// - Parameters:
    ///   - files: any files; those that end in `.xml` are annotations.
    ///   - folder: what they lie in.
    init(_ files: [String], within folder: String, images: ImageIndex) {
        paths = files.filter { FilePath.lowercasedExtension(FilePath.name(of: $0)) == "xml" }
        self.images = images
        let prefix = FilePath.join(folder, "").utf8.count
        byName = Dictionary(
            paths.map { (FilePath.stem(of: String($0.utf8.dropFirst(prefix)) ?? $0), $0) },
            uniquingKeysWith: { first, _ in first })
        stems = Set(paths.map(Self.stem))
    }

    private static func stem(_ path: String) -> String {
        FilePath.stem(of: FilePath.name(of: path))
    }

    /// Whether there is an annotation of this name, as lists have it.
    func have(_ name: String) -> Bool { byName[name] != nil }

    /// Whether there is an annotation of an image's name.
    func mentions(_ image: String) -> Bool { stems.contains(Self.stem(image)) }

    /// The annotation of an entry of a list; nil, after saying so, where there is none.
    func path(
        of entry: (line: Int, name: String), in list: String,
        into problems: inout [AnnotationProblem]
    ) -> String? {
        if let path = byName[entry.name] { return path }
        problems.append(
            .init(
                .error, .missing, file: list, place: "line \(entry.line)",
                "there is no annotation \(quoted(entry.name + ".xml"))"))
        return nil
    }

    /// What a file says of its image; nil, after saying why, where it cannot be used.
    func image(
        annotation path: String, into problems: inout [AnnotationProblem]
    ) -> AnnotatedImage? {
        var found: [AnnotationProblem] = []
        defer { problems += found }
        do throws(DataError) {
            let tree = try XMLTree(path: path)
            guard let image = find(tree, path, into: &found) else { return nil }
            let annotation = try VOCAnnotation(tree, path: path, image: image, problems: &found)
            guard let size = annotation.size, !found.contains(where: { $0.severity == .error })
            else { return nil }
            return AnnotatedImage(path: image, size: size, objects: annotation.objects)
        } catch {
            found.append(.init(.unreadable, error))
        }
        return nil
    }

    /// The image that an annotation is of: the one of the annotation's name, or else of the name it tells.
    private func find(
        _ tree: XMLTree, _ path: String, into problems: inout [AnnotationProblem]
    ) -> String? {
        let stem = Self.stem(path)
        let told = tree.child("filename")
        // Only the last part of a path counts: no file can lead out of the data's folder.
        let name = told.map { FilePath.name(of: $0.text) } ?? ""
        let folder = FilePath.folder(of: path)
        let named = images.images(named: name, near: folder)
        var found = images.images(withStem: stem, near: folder)
        if found.count == 1, let told, !name.isEmpty, FilePath.stem(of: name) != stem {
            problems.append(
                .init(
                    .warning, .path, file: path, place: "line \(told.line)",
                    "<filename> is \(quoted(told.text)); the image is taken to be "
                        + "\(quoted(FilePath.name(of: found[0]))), as the annotation is called"))
        } else if found.isEmpty || found.count > 1 && named.count == 1 {
            found = named
        }
        if found.count == 1 { return found[0] }
        problems.append(
            .init(
                .error, .missing, file: path, place: told.map { "line \($0.line)" },
                found.isEmpty
                    ? "there is no image \(quoted(stem)) with an ending of "
                        + LabelledFiles.imageExtensions.sorted().joined(separator: ", ")
                        + (name.isEmpty ? "" : ", and no \(quoted(name))")
                    : "several images have its name: \(found.joined(separator: ", "))"))
        return nil
    }
}
