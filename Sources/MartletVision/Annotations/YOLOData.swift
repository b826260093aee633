internal import MartletData
internal import MartletMetrics

/// Data sets of YOLO's files: a text file for each image, in it a line for each object, `CLASS X Y WIDTH HEIGHT`: the number
/// of the class, the box's centre and its size, as parts of the image's.
extension AnnotationSurvey {
    /// - Parameters:
    ///   - path: the data's folder.
    ///   - files: all files in it.
    init(yolo path: String, _ names: YOLONames, files: [String]) throws(DataError) {
        self.init(path: path, format: .yolo)
        classes = names.names
        let index = ImageIndex(files)
        let labels = YOLOLabels(files, names: names.names)
        var used: Set<String> = []
        for part in Part.allCases {
            let folders = try Self.folders(of: part, names, within: path)
            guard !folders.isEmpty else { continue }
            let images = index.paths.filter { image in
                folders.contains { image.hasPrefix(FilePath.join($0, "")) }
            }
            parts[part] = read(images, labels, &used)
        }
        if parts.isEmpty { parts[.train] = read(index.paths, labels, &used) }
        for file in labels.files where !used.contains(file) && YOLOLabels.isLabels(file) {
            warn(.missing, file: file, "no image is of these labels")
        }
    }

    private mutating func read(
        _ images: [String], _ labels: YOLOLabels, _ used: inout Set<String>
    ) -> [AnnotatedImage] {
        images.compactMap { image in
            let file = labels.file(of: image)
            if let file { used.insert(file) }
            var found: [AnnotationProblem] = []
            defer { problems += found }
            do throws(DataError) {
                return try labels.image(image, file, problems: &found)
            } catch {
                found.append(.init(.unreadable, error))
                return nil
            }
        }
    }

    /// The folders of a part's images: those that `data.yaml` names, or else `PART/images` and `images/PART`.
    private static func folders(
        of part: Part, _ names: YOLONames, within path: String
    ) throws(DataError) -> [String] {
        var found: [String] = []
        for folder in names.folders[part] ?? [] {
            guard FilePath.lowercasedExtension(folder) != "txt" else {
                throw DataError(
                    path: names.path, problem: "\(quoted(folder)) is a list of images",
                    expected: "a folder")
            }
            // What leads out of the folder (../train/images, as some tools write) is looked for within.
            let inner = [names.root, ""].map { root in
                (root.split(separator: "/") + folder.split(separator: "/"))
                    .filter { $0 != "." && $0 != ".." }.joined(separator: "/")
            }
            let candidates = inner.map { FilePath.join(path, $0) }
            guard let folder = candidates.first(where: Folder.isFolder) else { continue }
            found.append(folder)
        }
        if !found.isEmpty { return found }
        let spellings = ["train", "val", "valid", "validation", "test"].filter {
            Part(folder: $0) == part
        }
        return spellings.flatMap {
            [FilePath.join(path, "\($0)/images"), FilePath.join(path, "images/\($0)")]
        }.filter(Folder.isFolder)
    }
}

/// The files of labels, each beside its image, or in `labels` where the image is in `images`.
private struct YOLOLabels {
    /// Every text file.
    let files: [String]
    private let known: Set<String>
    private let names: [String]

    init(_ files: [String], names: [String]) {
        self.files = files.filter {
            FilePath.lowercasedExtension(FilePath.name(of: $0)) == "txt"
        }
        known = Set(self.files)
        self.names = names
    }

    /// Whether a text file lies where only labels do.
    static func isLabels(_ file: String) -> Bool {
        file.split(separator: "/").dropLast().contains("labels")
            && FilePath.name(of: file) != "classes.txt"
    }

    /// Nil for an image without labels: one that shows nothing to be found.
    func file(of image: String) -> String? {
        var parts = image.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        parts[parts.count - 1] = FilePath.stem(of: parts[parts.count - 1]) + ".txt"
        let beside = parts.joined(separator: "/")
        if let place = parts.dropLast().lastIndex(of: "images") {
            parts[place] = "labels"
            let apart = parts.joined(separator: "/")
            if known.contains(apart) { return apart }
        }
        return known.contains(beside) ? beside : nil
    }

    /// An image with what its labels say; nil, after saying why, where they cannot be used.
    func image(
        _ path: String, _ file: String?, problems: inout [AnnotationProblem]
    ) throws(DataError) -> AnnotatedImage? {
        let size: ImageSize
        do throws(ImageError) {
            size = try ImageHeader(path: path).size
        } catch {
            throw DataError(path: error.source, problem: error.reason)
        }
        guard let file else { return AnnotatedImage(path: path, size: size, objects: []) }
        var collector = ObjectCollector(file: file, size: size)
        for (number, line) in try TextLines.numbered(file, longest: 16 << 20) {
            add(line, at: "line \(number)", to: &collector, size)
        }
        problems += collector.problems
        if collector.problems.contains(where: { $0.severity == .error }) { return nil }
        return AnnotatedImage(path: path, size: size, objects: collector.objects)
    }

    private func add(
        _ line: String, at place: String, to collector: inout ObjectCollector, _ size: ImageSize
    ) {
        let words = line.split(whereSeparator: \.isWhitespace)
        let numbers = words.prefix(6).compactMap { decimal($0) }
        guard words.count == 5, numbers.count == 5 else {
            return collector.refuse(
                .object, place,
                "\(quoted(line)); expected the class's number and four numbers of its box")
        }
        guard let label = Int(exactly: numbers[0]), names.indices.contains(label) else {
            return collector.refuse(
                .classes, place,
                "the class \(words[0]); expected one of 0 to \(names.count - 1)")
        }
        let (x, y, width, height) = (numbers[1], numbers[2], numbers[3], numbers[4])
        // Rounding may lead a little beyond.
        let allowed = -0.001...1.001
        guard [x, y].allSatisfy(allowed.contains), [width, height].allSatisfy((0...1.001).contains)
        else {
            return collector.refuse(
                .box, place, "\(quoted(line)); expected parts of the image from 0 to 1")
        }
        let (across, down) = (Double(size.width), Double(size.height))
        collector.add(
            AnnotatedObject(
                name: names[label],
                box: Box(
                    x: pixels((x - width / 2) * across), y: pixels((y - height / 2) * down),
                    width: pixels(width * across), height: pixels(height * down))),
            at: place)
    }
}
