public import MartletData

/// Why a data set could not be had.
public struct DatasetError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// The file, folder or address.
    public let place: String
    /// What happened, and what to do about it.
    public let reason: String
    /// 2: the request makes no sense; 3: what was received is not the data.
    public let exitCode: Int32

    public init(place: String, reason: String, exitCode: Int32 = 3) {
        self.place = place
        self.reason = reason
        self.exitCode = exitCode
    }

    public var description: String { "\(place): \(reason)" }
}
