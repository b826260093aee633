/// Data that cannot be used: a file that is missing, damaged or not of the format, or a folder laid
/// out in another way than expected.
public struct DataError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// Where in it: `byte 4`, `record 17`; nil when it is the whole.
    public let place: String?
    /// What was found.
    public let problem: String
    /// What good data have there; empty when the problem says it all.
    public let expected: String

    public init(path: String, place: String? = nil, problem: String, expected: String = "") {
        self.path = path
        self.place = place
        self.problem = problem
        self.expected = expected
    }

    /// A file that the system would not open or read.
    init(_ error: DiskError) {
        self.init(path: error.path, problem: "cannot \(error.operation): \(error.reason)")
    }

    /// 3: data.
    public var exitCode: Int32 { 3 }

    /// `PATH: byte N: what was found; expected what`.
    public var description: String {
        let reason = expected.isEmpty ? problem : "\(problem); expected \(expected)"
        return [path, place, reason].compactMap { $0 }.joined(separator: ": ")
    }
}

/// Runs a disk operation on input data, turning its errors into the data's.
package func asData<R>(_ body: () throws(DiskError) -> R) throws(DataError) -> R {
    do throws(DiskError) { return try body() } catch { throw DataError(error) }
}
