/// Everything that can be said about a data set for classification without decoding its images: where
/// `LabelledData` throws the first error, this lists them all.
public struct LabelledSurvey: Sendable {
    /// `train`, `val` or `test`, with what can be used of it.
    public struct Part: Sendable {
        public let name: String
        /// The class names; a label is an index into them.
        public let classes: [String]
        public let images: LabelledImages
    }

    /// The folder.
    public let path: String
    /// How it is stored; nil when that cannot be told.
    public private(set) var format: LabelledData.Format?
    /// The parts that can be read.
    public private(set) var parts: [Part] = []
    /// What keeps the data from being used.
    public private(set) var errors: [DataError] = []
    /// Hidden files and folders, which are passed over.
    public private(set) var hidden: [String] = []
    /// Files that are no images by their names, which are passed over.
    public private(set) var ignored: [String] = []
    /// Links that lead back into a folder they lie in, which are not followed.
    public private(set) var loops: [String] = []

    /// Looks through a folder to its end, whatever is wrong in it.
    public init(_ path: String) {
        self.path = path
        do throws(DataError) {
            switch try DataLayout(of: path) {
            case .classFolders(let folders):
                format = .classFolders
                addFolders(folders)
            case .idx(let folder, let names):
                format = .idx
                addWhole { () throws(DataError) in try LabelledData(discovering: path) }
                each(names.filter { $0.contains("idx") && $0.contains("ubyte") }, in: folder) {
                    path throws(DataError) in
                    _ = try IDX.readBytes(path, ranks: 1...4, what: "images or labels")
                }
            case .cifar(let folder, let names):
                format = .cifar10
                addWhole { () throws(DataError) in try LabelledData(discovering: path) }
                each(names.filter { $0.hasSuffix(".bin") }, in: folder) { path throws(DataError) in
                    _ = try CIFAR.read([path], classCount: 10)
                }
            }
        } catch {
            errors.append(error)
        }
    }

    private mutating func addFolders(_ folders: [(name: String, path: String)]) {
        var first: FolderSurvey?
        for (name, folder) in folders {
            let survey = FolderSurvey(folder)
            errors += survey.errors
            hidden += survey.hidden
            ignored += survey.ignored
            loops += survey.loops
            if let first {
                let difference = LabelledData.difference(
                    (survey.root, survey.classes), from: (first.root, first.classes))
                if let difference { errors.append(difference) }
            } else {
                first = survey
            }
            parts.append(
                Part(
                    name: name.isEmpty ? "train" : name, classes: survey.classes,
                    images: .files(LabelledFiles(survey))))
        }
    }

    /// Takes over a data set that is read as a whole, or why it cannot be.
    private mutating func addWhole(_ read: () throws(DataError) -> LabelledData) {
        do throws(DataError) {
            let data = try read()
            for (name, images) in [
                ("train", data.train), ("val", data.validation), ("test", data.test),
            ] {
                guard let images else { continue }
                parts.append(Part(name: name, classes: data.classes, images: images))
            }
        } catch {
            errors.append(error)
        }
    }

    /// Where the whole cannot be read, reads file after file to find every one that is damaged.
    private mutating func each(
        _ names: [String], in folder: String, _ read: (String) throws(DataError) -> Void
    ) {
        guard !errors.isEmpty else { return }
        for name in names {
            do throws(DataError) {
                try read(FilePath.join(folder, name))
            } catch {
                if !errors.contains(error) { errors.append(error) }
            }
        }
    }
}
