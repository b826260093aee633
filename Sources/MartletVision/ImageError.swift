public import MartletData

/// Why an image could not be read or written.
public struct ImageError: ExitCoded, Sendable, Equatable, CustomStringConvertible {
    /// What kind of trouble it is.
    public enum Kind: String, Sendable {
        /// The file cannot be opened or read.
        case unreadable
        /// The file holds nothing.
        case empty
        /// The bytes are not those of an image.
        case notAnImage
        /// An image of a kind that is not read.
        case unsupported
        /// The header announces more pixels than allowed.
        case tooLarge
        /// The data are truncated or corrupt.
        case damaged
        /// There is not enough memory.
        case outOfMemory
        /// A library failed in a way that is not the data's fault.
        case internalFailure
    }

    /// Whose fault it is.
    public let kind: Kind
    /// The file's path, or what else the bytes came from.
    public let source: String
    /// What was wrong, in words.
    public let reason: String

    public init(kind: Kind, source: String, reason: String) {
        self.kind = kind
        self.source = source
        self.reason = reason
    }

    /// 3: data.
    public var exitCode: Int32 { 3 }

    public var description: String { "\(source): \(reason)" }
}
