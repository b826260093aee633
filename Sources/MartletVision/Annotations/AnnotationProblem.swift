internal import MartletData

/// Something wrong or odd in annotated data, with its place.
public struct AnnotationProblem: Sendable, Equatable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The image cannot be used as it is annotated.
        case error
        /// The image is used; what was made of the odd place, the message says.
        case warning
    }

    /// What it is about; a word for scripts.
    public enum Kind: String, Sendable {
        /// A file that cannot be read, or is not of its format.
        case unreadable
        /// A file that another one names and that is not there.
        case missing
        /// A path that leads out of the data's folder.
        case path
        /// An image whose size is not known, or told wrongly.
        case size
        /// An object without a class, a box, or with a mark that is none.
        case object
        /// A box that no part of the image is.
        case box
        /// Something that is there twice.
        case duplicate
        /// An image in two parts.
        case leakage
        /// Objects that are hardly there: boxes of a few pixels.
        case tiny
        /// Classes of very different numbers of objects.
        case balance
        /// An image without an annotation.
        case unannotated
        /// Classes that differ in case only, or one that is not in the list of classes.
        case classes = "class"
    }

    /// Whether the image can be used.
    public let severity: Severity
    /// What it is about.
    public let kind: Kind
    /// The file it is in.
    public let file: String
    /// Where in it: `line 17`, `byte 4`; nil when it is the whole.
    public let place: String?
    /// What was found, what was expected, and what is done about it.
    public let message: String

    /// - Parameter place: where in the file: `line 17`.
    public init(
        _ severity: Severity, _ kind: Kind, file: String, place: String? = nil, _ message: String
    ) {
        self.severity = severity
        self.kind = kind
        self.file = file
        self.place = place
        self.message = message
    }

    /// What keeps a file from being used.
    init(_ kind: Kind, _ error: DataError) {
        self.init(
            .error, kind, file: error.path, place: error.place,
            error.expected.isEmpty
                ? error.problem : "\(error.problem); expected \(error.expected)")
    }

    /// `FILE: line 17: what was found`.
    public var description: String {
        [file, place, message].compactMap { $0 }.joined(separator: ": ")
    }
}
