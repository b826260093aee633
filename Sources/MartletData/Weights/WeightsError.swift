/// A weights file that cannot be used: damaged, of another format, or not what it claims to be.
public struct WeightsError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The record of an archive concerned, where the file is one.
    public let entry: String?
    /// The tensor concerned, where it is one.
    public let tensor: String?
    /// Where in the file or the record, in bytes from its start, where that is known.
    public let byte: Int?
    /// What was found.
    public let problem: String
    /// What a good file has there.
    public let expected: String

    public init(
        path: String, entry: String? = nil, tensor: String? = nil, byte: Int? = nil,
        problem: String, expected: String
    ) {
        self.path = path
        self.entry = entry
        self.tensor = tensor
        self.byte = byte
        self.problem = problem
        self.expected = expected
    }

    /// 4: damaged weights.
    public var exitCode: Int32 { 4 }

    /// An archive that cannot be used as one.
    init(_ error: DataError) {
        self.init(
            path: error.path,
            problem: [error.place, error.problem].compactMap { $0 }
                .joined(separator: ": "), expected: error.expected)
    }

    /// `PATH: entry 'NAME': tensor 'NAME': byte N: what was found; expected what`.
    public var description: String {
        let place = [
            entry.map { "entry \(quoted($0))" }, tensor.map { "tensor \(quoted($0))" },
            byte.map { "byte \($0)" },
        ]
        let parts =
            [path] + place.compactMap { $0 } + [
                expected.isEmpty ? problem : "\(problem); expected \(expected)"
            ]
        return parts.joined(separator: ": ")
    }
}

/// Text from a file, made fit for a one-line message: quoted, without control characters, cut.
package func quoted(_ text: String) -> String {
    var shown = "'"
    for scalar in text.unicodeScalars.prefix(120) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            shown += scalar.escaped(asASCII: true)
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return shown + (text.unicodeScalars.count > 120 ? "...'" : "'")
}
