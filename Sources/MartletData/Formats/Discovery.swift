/// How a folder holds a data set for classification, by the names in it.
package enum DataLayout {
    /// Class folders, in parts (`train`, `val`, `test`) or, with an empty name, directly.
    case classFolders([(name: String, path: String)])
    case idx(folder: String, names: [String])
    case cifar(folder: String, names: [String])

    package static let validationNames = ["val", "valid", "validation"]

    /// Looks at the names in a folder.
    ///
    /// - Throws: `DataError` when it holds no data set.
    init(of path: String) throws(DataError) {
        guard Folder.isFolder(path) else {
            // Opening it says whether it is missing, forbidden or a file.
            _ = try asData { () throws(DiskError) in try InputFile(path) }
            throw DataError(path: path, problem: "it is a file", expected: "a folder of data")
        }
        let entries = try Folder.dataEntries(path).filter { !$0.isHidden }
        let names = entries.filter { $0.kind != .folder }.map(\.name)
        let folders = entries.filter { $0.kind == .folder }.map(\.name)
        if names.contains(where: { CIFAR.trainNames.contains($0) || $0 == CIFAR.testName }) {
            self = .cifar(folder: path, names: names)
        } else if folders == ["cifar-10-batches-bin"] {
            // What unpacking the archive makes.
            try self.init(of: FilePath.join(path, folders[0]))
        } else if names.contains(where: MNIST.isImages) {
            self = .idx(folder: path, names: names)
        } else if !folders.isEmpty {
            self = .classFolders(try DataLayout.parts(folders, of: path))
        } else {
            throw DataError(
                path: path, problem: names.isEmpty ? "the folder is empty" : "no known data set",
                expected: "class folders (train/CLASS/ and test/CLASS/ or val/CLASS/, or CLASS/), "
                    + "IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, ...; or .gz), "
                    + "or CIFAR-10 binary files (data_batch_1.bin, ...)")
        }
    }

    /// The parts that a folder's folders are; one without a name where they are classes.
    package static func parts(
        _ folders: [String], of path: String
    ) throws(DataError) -> [(name: String, path: String)] {
        let known = ["train", "test"] + validationNames
        guard folders.contains("train") || folders.allSatisfy({ known.contains($0) }) else {
            return [("", path)]
        }
        let validation = folders.filter { validationNames.contains($0) }
        guard validation.count <= 1 else {
            throw DataError(
                path: path, problem: "\(validation.joined(separator: " and ")) side by side",
                expected: "one folder to validate on")
        }
        return (["train"] + validation + ["test"]).filter(folders.contains).map {
            ($0, FilePath.join(path, $0))
        }
    }
}

extension LabelledData {
    /// Finds out how a folder holds a data set for classification, and reads it: class folders (in
    /// `train/` and `test/`, `val/` or `valid/`, or directly), IDX files by MNIST's names, or
    /// CIFAR-10's binary files. Image files are found, not opened.
    ///
    /// - Throws: `DataError` when the folder holds none of these, or one that is damaged.
    public init(discovering path: String) throws(DataError) {
        switch try DataLayout(of: path) {
        case .cifar(let folder, let names): try self.init(cifar: folder, names: names)
        case .idx(let folder, let names): try self.init(idx: folder, names: names)
        case .classFolders(let parts): try self.init(classFolders: path, parts: parts)
        }
    }

    // MARK: CIFAR-10

    private init(cifar path: String, names: [String]) throws(DataError) {
        let wanted = CIFAR.trainNames + [CIFAR.testName, CIFAR.metaName]
        let missing = wanted.filter { !names.contains($0) }
        guard missing.isEmpty else {
            throw DataError(
                path: path, problem: "\(missing.joined(separator: ", ")) missing",
                expected: "all of \(wanted.joined(separator: ", "))")
        }
        let classes = try CIFAR.classes(FilePath.join(path, CIFAR.metaName))
        let train = try CIFAR.read(
            CIFAR.trainNames.map { FilePath.join(path, $0) }, classCount: classes.count)
        let test = try CIFAR.read(
            [FilePath.join(path, CIFAR.testName)], classCount: classes.count)
        self.init(
            path: path, format: .cifar10, knownName: nil, classes: classes, train: .pixels(train),
            validation: nil, test: .pixels(test))
    }

    // MARK: IDX

    private init(idx path: String, names: [String]) throws(DataError) {
        let pairs = try MNIST.pairs(names, in: path)
        let listed =
            names.contains("classes.txt")
            ? try TextLines.read(FilePath.join(path, "classes.txt")) : nil
        var train: LabelledPixels?
        if let pair = pairs.train { train = try MNIST.read(pair, classCount: listed?.count) }
        var count = listed?.count
        if count == nil, let train {
            count = try LabelledData.classCount(train, labels: pairs.train?.labels ?? path)
        }
        var test: LabelledPixels?
        if let pair = pairs.test { test = try MNIST.read(pair, classCount: count) }
        let classCount = count ?? (test?.labels.max() ?? 0) + 1
        if let train, let test, train.imageSize != test.imageSize || train.width != test.width {
            throw DataError(
                path: pairs.test?.images ?? path, place: "byte 8",
                problem: "images of \(test.width)x\(test.height)",
                expected: "\(train.width)x\(train.height), as the training images are")
        }
        let isFashion = [train, test].contains { $0.map { MNIST.isFashion($0.labels) } ?? false }
        self.init(
            path: path, format: .idx, knownName: isFashion ? "Fashion-MNIST" : nil,
            classes: listed
                ?? (isFashion ? MNIST.fashionClasses : (0..<classCount).map { String($0) }),
            train: train.map { .pixels($0) }, validation: nil, test: test.map { .pixels($0) })
    }

    /// One more than the highest label, where every label below it occurs: a damaged label would
    /// otherwise look like many new classes.
    private static func classCount(
        _ images: LabelledPixels, labels path: String
    ) throws(DataError) -> Int {
        let highest = images.labels.max() ?? 0
        let present = Set(images.labels)
        if let gap = (0..<highest).first(where: { !present.contains($0) }) {
            let place = images.labels.firstIndex(of: highest) ?? 0
            throw DataError(
                path: path, place: "byte \(8 + place)",
                problem:
                    "the label \(highest) of image \(place), while no image has the label \(gap)",
                expected: "labels from 0 up without a gap, or a file classes.txt beside it "
                    + "that names the classes")
        }
        return highest + 1
    }

    // MARK: Class folders

    private init(
        classFolders path: String, parts: [(name: String, path: String)]
    ) throws(DataError) {
        var train: LabelledFiles?
        var validation: LabelledFiles?
        var test: LabelledFiles?
        var first: LabelledFiles?
        for (name, folder) in parts {
            let files = try LabelledFiles(folder)
            switch name {
            case "train", "": train = files
            case "test": test = files
            default: validation = files
            }
            if let first {
                if let error = LabelledData.difference(
                    (files.root, files.classes), from: (first.root, first.classes))
                {
                    throw error
                }
            } else {
                first = files
            }
        }
        self.init(
            path: path, format: .classFolders, knownName: nil, classes: first?.classes ?? [],
            train: train.map { .files($0) }, validation: validation.map { .files($0) },
            test: test.map { .files($0) })
    }

    /// Why the classes of one part are not those of another; nil where they are.
    static func difference(
        _ b: (root: String, classes: [String]), from a: (root: String, classes: [String])
    ) -> DataError? {
        guard a.classes != b.classes else { return nil }
        func list(_ names: [String]) -> String {
            let shown = names.prefix(10).map(quoted).joined(separator: ", ")
            return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
        }
        let missing = a.classes.filter { !b.classes.contains($0) }
        let extra = b.classes.filter { !a.classes.contains($0) }
        var differences: [String] = []
        if !missing.isEmpty { differences.append("it has no \(list(missing))") }
        if !extra.isEmpty { differences.append("only it has \(list(extra))") }
        return DataError(
            path: b.root, problem: differences.joined(separator: "; "),
            expected: "the class folders of \(a.root)")
    }
}
