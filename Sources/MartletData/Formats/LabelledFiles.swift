internal import Glibc

/// Files in class folders: `ROOT/CLASS/.../FILE`.
public struct LabelledFiles: Sendable, Equatable {
    /// A file and the index of its class.
    public struct Item: Sendable, Equatable {
        public let path: String
        public let label: Int

        public init(path: String, label: Int) {
            self.path = path
            self.label = label
        }
    }

    /// The folder the class folders lie in.
    public let root: String
    /// The class folders' names in the order of their bytes; a label is an index into them.
    public let classes: [String]
    /// Class after class, the files of each in the order of their paths' bytes.
    public let items: [Item]
    /// How many files were passed over because of their extension.
    public let ignoredCount: Int

    /// The extensions of image files, in lower case.
    public static let imageExtensions: Set<String> = ["jpg", "jpeg", "png", "bmp", "webp"]

    /// The names of the class folders in a folder; hidden ones are none.
    static func classNames(in root: String) throws(DataError) -> [String] {
        try visibleEntries(root).filter { $0.kind == .folder }.map(\.name)
    }

    /// Finds the files of every class, also those in folders within the class folders.
    ///
    /// Hidden files and folders are passed over, and so are files with other extensions. Symbolic
    /// links are followed, but not back into a folder they lie in.
    ///
    /// - Parameter extensions: those of wanted files, in lower case, without the dot.
    /// - Throws: `DataError` when a folder cannot be read, there is no class, or one is empty.
    public init(
        _ root: String, extensions: Set<String> = LabelledFiles.imageExtensions
    ) throws(DataError) {
        let classes = try LabelledFiles.classNames(in: root)
        guard !classes.isEmpty else {
            throw DataError(
                path: root, problem: "there are no folders in it",
                expected: "a folder of files for each class")
        }
        var items: [Item] = []
        var search = Search(extensions: extensions)
        for (label, name) in classes.enumerated() {
            let folder = FilePath.join(root, name)
            let files = try search.files(in: folder, within: [])
            guard !files.isEmpty else {
                throw DataError(
                    path: folder, problem: "the class \(quoted(name)) has no files",
                    expected: "at least one file with an extension of "
                        + extensions.sorted().joined(separator: ", "))
            }
            items += files.map { Item(path: $0, label: label) }
        }
        self.root = root
        self.classes = classes
        self.items = items
        ignoredCount = search.ignoredCount
    }

    /// How many files each class has.
    public var counts: [Int] {
        items.reduce(into: [Int](repeating: 0, count: classes.count)) { $0[$1.label] += 1 }
    }

    /// A folder's entries without hidden ones and what archives made on a Mac leave behind.
    static func visibleEntries(_ path: String) throws(DataError) -> [Folder.Entry] {
        do {
            return try Folder.entries(in: path).filter {
                !$0.name.hasPrefix(".") && $0.name != "__MACOSX"
            }
        } catch let error as DiskError {
            throw DataError(error)
        } catch let error as Folder.UndecodableName {
            throw DataError(
                path: path, problem: "the name of \(quoted(error.shown)) is not UTF-8",
                expected: "names in UTF-8")
        } catch {
            throw DataError(path: path, problem: "\(error)")
        }
    }
}

/// A walk through a class folder.
private struct Search {
    let extensions: Set<String>
    var ignoredCount = 0

    /// - Parameter ancestors: the folders on the way here, to notice links that lead back.
    mutating func files(
        in folder: String, within ancestors: [[UInt64]]
    ) throws(DataError) -> [String] {
        guard let identity = Folder.identity(of: folder), !ancestors.contains(identity) else {
            return []
        }
        var found: [String] = []
        for entry in try LabelledFiles.visibleEntries(folder) {
            let path = FilePath.join(folder, entry.name)
            if entry.kind == .folder {
                found += try files(in: path, within: ancestors + [identity])
            } else if !extensions.contains(FilePath.lowercasedExtension(entry.name)) {
                ignoredCount += 1
            } else if entry.kind == .file {
                found.append(path)
            } else {
                throw DataError(
                    path: path,
                    problem: entry.isLink
                        ? "the link leads to no file" : "it is neither a file nor a folder",
                    expected: "a file")
            }
        }
        return found
    }
}
