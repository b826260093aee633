/// A weights file that cannot be used: damaged, of another format, or not what it claims to be.
public struct WeightsError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The tensor concerned, where it is one.
    public let tensor: String?
    /// Where in the file, in bytes from its start, where that is known.
    public let byte: Int?
    /// What was found.
    public let problem: String
    /// What a good file has there.
    public let expected: String

    public init(
        path: String, tensor: String? = nil, byte: Int? = nil, problem: String, expected: String
    ) {
        self.path = path
        self.tensor = tensor
        self.byte = byte
        self.problem = problem
        self.expected = expected
    }

    /// 4: damaged weights.
    public var exitCode: Int32 { 4 }

    /// `PATH: tensor 'NAME': byte N: what was found; expected what`.
    public var description: String {
        let place = [tensor.map { "tensor \(quoted($0))" }, byte.map { "byte \($0)" }]
        let parts = [path] + place.compactMap { $0 } + ["\(problem); expected \(expected)"]
        return parts.joined(separator: ": ")
    }
}

/// Text from a file, made fit for a one-line message: quoted, without control characters, cut.
func quoted(_ text: String) -> String {
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
