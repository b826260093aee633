/// A fixture that cannot be used.
public struct FixtureError: Error, CustomStringConvertible {
    public let description: String
}

/// A case's parameters by name.
public struct FixtureArguments: Sendable {
    let values: [String: FixtureValue]
    let label: String

    private func value(_ name: String) throws -> FixtureValue {
        guard let value = values[name] else {
            throw FixtureError(description: "\(label): no argument \(name)")
        }
        return value
    }

    public func has(_ name: String) -> Bool { values[name] != nil }
    public func int(_ name: String) throws -> Int { Int(try value(name).number(label)) }
    public func double(_ name: String) throws -> Double { try value(name).number(label) }
    public func bool(_ name: String) throws -> Bool { try value(name).number(label) != 0 }
    public func ints(_ name: String) throws -> [Int] {
        try value(name).list(label).map { Int(try $0.number(label)) }
    }
    public func doubles(_ name: String) throws -> [Double] {
        try value(name).list(label).map { try $0.number(label) }
    }
    /// A list of two numbers, such as a kernel's height and width.
    public func pair(_ name: String) throws -> (Int, Int) {
        let values = try ints(name)
        guard values.count == 2 else {
            throw FixtureError(description: "\(label): \(name) should be two numbers")
        }
        return (values[0], values[1])
    }
    public func string(_ name: String) throws -> String {
        guard case .text(let text) = try value(name) else {
            throw FixtureError(description: "\(label): \(name) should be a text")
        }
        return text
    }
}

/// A number, a text ("nan", "inf" and "-inf" among them) or a list.
enum FixtureValue: Decodable, Sendable {
    case real(Double)
    case text(String)
    case many([FixtureValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .real(number)
        } else if let flag = try? container.decode(Bool.self) {
            self = .real(flag ? 1 : 0)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .many(try container.decode([FixtureValue].self))
        }
    }

    func number(_ label: String) throws -> Double {
        switch self {
        case .real(let number): return number
        case .text("nan"): return .nan
        case .text("inf"): return .infinity
        case .text("-inf"): return -.infinity
        case .text, .many: throw FixtureError(description: "\(label): expected a number")
        }
    }

    func list(_ label: String) throws -> [FixtureValue] {
        guard case .many(let values) = self else {
            throw FixtureError(description: "\(label): expected a list")
        }
        return values
    }
}
