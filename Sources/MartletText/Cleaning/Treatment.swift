/// What becomes of the pieces of a kind in a text, as the addresses in it.
///
/// In a configuration it is one text: `keep`, `remove`, or else what stands for them.
public enum Treatment: Codable, Equatable, Sendable {
    /// They stay.
    case keep
    /// They go.
    case remove
    /// Each gives way to a text, such as `<url>`.
    case replace(String)

    /// Reads `keep`, `remove` or what stands for the pieces.
    public init(from decoder: any Decoder) throws {
        switch try decoder.singleValueContainer().decode(String.self) {
        case "keep": self = .keep
        case "remove": self = .remove
        case let text: self = .replace(text)
        }
    }

    /// Writes `keep`, `remove` or what stands for the pieces.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .keep: try value.encode("keep")
        case .remove: try value.encode("remove")
        case .replace(let text): try value.encode(text)
        }
    }

    /// What stands for a piece; nil where it stays.
    var text: String? {
        switch self {
        case .keep: nil
        case .remove: ""
        case .replace(let text): text
        }
    }
}
