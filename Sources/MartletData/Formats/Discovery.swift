extension LabelledData {
    private static let validationNames = ["val", "valid", "validation"]

    /// Finds out how a folder holds a data set for classification, and reads it: class folders (in
    /// `train/` and `test/`, `val/` or `valid/`, or directly), IDX files by MNIST's names, or
    /// CIFAR-10's binary files. Image files are found, not opened.
    ///
    /// - Throws: `DataError` when the folder holds none of these, or one that is damaged.
    public init(discovering path: String) throws(DataError) {
        guard Folder.isFolder(path) else {
            // Opening it says whether it is missing, forbidden or a file.
            _ = try asData { () throws(DiskError) in try InputFile(path) }
            throw DataError(path: path, problem: "it is a file", expected: "a folder of data")
        }
        let entries = try LabelledFiles.visibleEntries(path)
        let names = entries.filter { $0.kind != .folder }.map(\.name)
        let folders = entries.filter { $0.kind == .folder }.map(\.name)
        if names.contains(where: { CIFAR.trainNames.contains($0) || $0 == CIFAR.testName }) {
            try self.init(cifar: path, names: names)
        } else if folders == ["cifar-10-batches-bin"] {
            // What unpacking the archive makes.
            try self.init(discovering: FilePath.join(path, folders[0]))
        } else if let pairs = try LabelledData.idxPairs(names, in: path) {
            try self.init(idx: path, names: names, pairs: pairs)
        } else if !folders.isEmpty {
            try self.init(classFolders: path, folders: folders)
        } else {
            throw DataError(
                path: path, problem: names.isEmpty ? "the folder is empty" : "no known data set",
                expected: "class folders (train/CLASS/ and test/CLASS/ or val/CLASS/, or CLASS/), "
                    + "IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, ...; or .gz), "
                    + "or CIFAR-10 binary files (data_batch_1.bin, ...)")
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

    private static func idxPairs(
        _ names: [String], in path: String
    ) throws(DataError) -> (train: MNIST.Pair?, test: MNIST.Pair?)? {
        let pairs = try MNIST.pairs(names, in: path)
        return pairs.train == nil && pairs.test == nil ? nil : pairs
    }

    private init(
        idx path: String, names: [String], pairs: (train: MNIST.Pair?, test: MNIST.Pair?)
    ) throws(DataError) {
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

    private init(classFolders path: String, folders: [String]) throws(DataError) {
        let known = ["train", "test"] + LabelledData.validationNames
        guard folders.contains("train") || folders.allSatisfy({ known.contains($0) }) else {
            let files = try LabelledFiles(path)
            self.init(
                path: path, format: .classFolders, knownName: nil, classes: files.classes,
                train: .files(files), validation: nil, test: nil)
            return
        }
        let validationNames = folders.filter { LabelledData.validationNames.contains($0) }
        guard validationNames.count <= 1 else {
            throw DataError(
                path: path, problem: "\(validationNames.joined(separator: " and ")) side by side",
                expected: "one folder of validation images")
        }
        var parts: [LabelledFiles?] = []
        for name in ["train", validationNames.first, "test"] as [String?] {
            guard let name, folders.contains(name) else {
                parts.append(nil)
                continue
            }
            parts.append(try LabelledFiles(FilePath.join(path, name)))
        }
        let present = parts.compactMap { $0 }
        for other in present.dropFirst() {
            try LabelledData.requireSameClasses(present[0], other)
        }
        self.init(
            path: path, format: .classFolders, knownName: nil, classes: present[0].classes,
            train: parts[0].map { .files($0) }, validation: parts[1].map { .files($0) },
            test: parts[2].map { .files($0) })
    }

    private static func requireSameClasses(
        _ a: LabelledFiles, _ b: LabelledFiles
    ) throws(DataError) {
        guard a.classes != b.classes else { return }
        func list(_ names: [String]) -> String {
            let shown = names.prefix(10).map(quoted).joined(separator: ", ")
            return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
        }
        let missing = a.classes.filter { !b.classes.contains($0) }
        let extra = b.classes.filter { !a.classes.contains($0) }
        var differences: [String] = []
        if !missing.isEmpty { differences.append("it has no \(list(missing))") }
        if !extra.isEmpty { differences.append("only it has \(list(extra))") }
        throw DataError(
            path: b.root, problem: differences.joined(separator: "; "),
            expected: "the class folders of \(a.root)")
    }
}
