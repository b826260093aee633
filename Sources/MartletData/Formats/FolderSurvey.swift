/// Everything that lies in class folders (`ROOT/CLASS/.../FILE`): the files to use, and what is wrong or passed over.
public struct FolderSurvey: Sendable {
    /// The folder the class folders lie in.
    public let root: String
    /// The class folders' names in the order of their bytes.
    public private(set) var classes: [String] = []
    /// Class after class, the files of each in the order of their paths' bytes.
    public private(set) var items: [LabelledFiles.Item] = []
    /// What keeps the folder from being used: an empty class, a link to nowhere, a folder that cannot be read.
    public private(set) var errors: [DataError] = []
    /// Hidden files and folders, which are passed over.
    public private(set) var hidden: [String] = []
    /// Files with other extensions, which are passed over.
    public private(set) var ignored: [String] = []
    /// Links that lead back into a folder they lie in, which are not followed.
    public private(set) var loops: [String] = []

    private let extensions: Set<String>

    /// Walks through a folder to its end, whatever is wrong in it.
    ///
    /// - Parameter extensions: those of wanted files, in lower case, without the dot.
    public init(_ root: String, extensions: Set<String> = LabelledFiles.imageExtensions) {
        self.root = root
        self.extensions = extensions
        guard let entries = visibleEntries(root) else { return }
        classes = entries.filter { $0.kind == .folder }.map(\.name)
        if classes.isEmpty {
            errors.append(
                DataError(
                    path: root, problem: "there are no folders in it",
                    expected: "a folder of files for each class"))
        }
        let above = FolderSurvey.upwards(from: root)
        for (label, name) in classes.enumerated() {
            let folder = FilePath.join(root, name)
            let before = (items.count, errors.count)
            walk(folder, label: label, within: above)
            if (items.count, errors.count) == before {
                errors.append(
                    DataError(
                        path: folder, problem: "the class \(quoted(name)) has no files",
                        expected: "at least one file with an extension of "
                            + extensions.sorted().joined(separator: ", ")))
            }
        }
    }

    /// A folder and all it lies in: a link to any of them would make everything its own class.
    private static func upwards(from folder: String) -> [[UInt64]] {
        var result: [[UInt64]] = []
        var path = folder
        while let identity = Folder.identity(of: path), result.last != identity {
            result.append(identity)
            path += "/.."
        }
        return result
    }

    /// - Parameter ancestors: the folders on the way here, to notice links that lead back.
    private mutating func walk(_ folder: String, label: Int, within ancestors: [[UInt64]]) {
        guard let identity = Folder.identity(of: folder) else { return }
        guard !ancestors.contains(identity) else {
            loops.append(folder)
            return
        }
        for entry in visibleEntries(folder) ?? [] {
            let path = FilePath.join(folder, entry.name)
            if entry.kind == .folder {
                walk(path, label: label, within: ancestors + [identity])
            } else if !extensions.contains(FilePath.lowercasedExtension(entry.name)) {
                ignored.append(path)
            } else if entry.kind == .file {
                items.append(LabelledFiles.Item(path: path, label: label))
            } else {
                errors.append(
                    DataError(
                        path: path,
                        problem: entry.isLink
                            ? "the link leads to no file" : "it is neither a file nor a folder",
                        expected: "a file"))
            }
        }
    }

    /// A folder's entries that are not hidden; nil, after noting why, when it cannot be read.
    private mutating func visibleEntries(_ folder: String) -> [Folder.Entry]? {
        do throws(DataError) {
            let entries = try Folder.dataEntries(folder)
            hidden += entries.filter(\.isHidden).map { FilePath.join(folder, $0.name) }
            return entries.filter { !$0.isHidden }
        } catch {
            errors.append(error)
            return nil
        }
    }
}

extension Folder.Entry {
    /// Whether the name starts with a dot, or is what archives made on a Mac leave behind.
    package var isHidden: Bool { name.hasPrefix(".") || name == "__MACOSX" }
}

extension Folder {
    /// The paths of all files in a folder and the folders in it, in the order of their names' bytes. Hidden ones are passed
    /// over, and so are links that lead back or to nothing.
    package static func files(below path: String) throws(DataError) -> [String] {
        var files: [String] = []
        func walk(_ folder: String, _ ancestors: [[UInt64]]) throws(DataError) {
            guard let identity = identity(of: folder), !ancestors.contains(identity) else { return }
            for entry in try dataEntries(folder) where !entry.isHidden {
                let path = FilePath.join(folder, entry.name)
                switch entry.kind {
                case .file: files.append(path)
                case .folder: try walk(path, ancestors + [identity])
                case .other: break
                }
            }
        }
        try walk(path, [])
        return files
    }

    /// A folder's entries, in the order of their names' bytes; what is wrong is the data's fault.
    package static func dataEntries(_ path: String) throws(DataError) -> [Entry] {
        do {
            return try entries(in: path)
        } catch let error as DiskError {
            throw DataError(error)
        } catch let error as UndecodableName {
            throw DataError(
                path: path, problem: "the name of \(quoted(error.shown)) is not UTF-8",
                expected: "names in UTF-8")
        } catch {
            throw DataError(path: path, problem: "\(error)")
        }
    }
}
