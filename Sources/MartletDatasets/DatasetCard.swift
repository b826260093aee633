/// A data set that can be had by name: what it is, whose it is, and where it comes from.
public struct DatasetCard: Sendable {
    /// Where a data set comes from.
    public enum Origin: Sendable {
        /// Files that are downloaded and held against their checksums.
        case files([RemoteFile])
        /// A function that writes it, of some size, as the seed decides.
        case generated(bytes: Int, @Sendable (Generation) throws -> Void)
    }

    /// The name on the command line.
    public let name: String
    /// One line: what is in it.
    public let summary: String
    /// Under which terms it may be used.
    public let licence: String
    /// Whose it is: a page and, where there is one, a paper.
    public let source: String
    public let origin: Origin

    public init(
        name: String, summary: String, licence: String, source: String, origin: Origin
    ) {
        self.name = name
        self.summary = summary
        self.licence = licence
        self.source = source
        self.origin = origin
    }

    /// How many bytes are downloaded, or about how many are written.
    public var bytes: Int {
        switch origin {
        case .files(let files): files.reduce(0) { $0 + $1.bytes }
        case .generated(let bytes, _): bytes
        }
    }

    /// Whether it is made here, not downloaded.
    public var isGenerated: Bool {
        if case .generated = origin { true } else { false }
    }
}

/// A file of a data set on a server.
public struct RemoteFile: Sendable {
    /// What is done with a file once it is there.
    public enum Form: Sendable {
        /// It is kept as it is.
        case plain
        /// A tar or zip archive, unpacked into at most so many bytes.
        case archive(unpackedLimit: Int)
    }

    /// The file's name, also on a mirror.
    public let name: String
    /// Where it lies.
    public let url: String
    /// Its length and its SHA-256 in hexadecimal digits.
    public let bytes: Int
    public let sha256: String
    public let form: Form

    public init(name: String, url: String, bytes: Int, sha256: String, form: Form = .plain) {
        self.name = name
        self.url = url
        self.bytes = bytes
        self.sha256 = sha256
        self.form = form
    }
}

/// What a generator of data works with.
public struct Generation {
    /// An empty folder to write into.
    public let folder: String
    /// What every random number derives from.
    public let seed: Int
    /// To be told how many samples of how many are done.
    public let progress: (_ done: Int, _ total: Int) -> Void
}

extension DatasetCard {
    /// How far a preparation is.
    public enum Progress: Sendable {
        /// Bytes received, of all that there are.
        case downloading(Int, of: Int)
        /// Unpacking of an archive begins.
        case unpacking(String)
        /// Samples written, of all that there are.
        case generating(Int, of: Int)
    }
}
