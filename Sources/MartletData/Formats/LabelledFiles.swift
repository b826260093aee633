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
        let survey = FolderSurvey(root, extensions: extensions)
        if let error = survey.errors.first { throw error }
        self.init(survey)
    }

    /// The files that a survey found.
    init(_ survey: FolderSurvey) {
        root = survey.root
        classes = survey.classes
        items = survey.items
        ignoredCount = survey.ignored.count
    }

    /// How many files each class has.
    public var counts: [Int] {
        items.reduce(into: [Int](repeating: 0, count: classes.count)) { $0[$1.label] += 1 }
    }
}
