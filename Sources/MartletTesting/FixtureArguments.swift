/// A fixture that cannot be used.
public struct FixtureError: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
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

    /// Whether there is such an argument; the functions below throw where there is none or it has another type.
    public func has(_ name: String) -> Bool { values[name] != nil }
    public func int(_ name: String) throws -> Int { try value(name).integer(label) }
    public func double(_ name: String) throws -> Double { try value(name).number(label) }
    public func bool(_ name: String) throws -> Bool { try value(name).number(label) != 0 }
    /// A list of whole numbers.
    public func ints(_ name: String) throws -> [Int] {
        try value(name).list(label).map { try $0.integer(label) }
    }
    /// A list of numbers.
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
    /// A text.
    public func string(_ name: String) throws -> String { try value(name).string(label) }
    /// A list of texts.
    public func strings(_ name: String) throws -> [String] {
        try value(name).list(label).map { try $0.string(label) }
    }
    /// A list of shapes.
    public func shapes(_ name: String) throws -> [[Int]] {
        try value(name).list(label).map { try $0.list(label).map { try $0.integer(label) } }
    }
}

/// A number, exact if it is whole, a text ("nan", "inf" and "-inf" among them) or a list.
enum FixtureValue: Decodable, Sendable {
    case whole(Int)
    case real(Double)
    case text(String)
    case many([FixtureValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            // Minus zero is no integer; large integers are not exact as reals.
            let isWhole = number == number.rounded() && !(number == 0 && number.sign == .minus)
            let whole = isWhole ? try? container.decode(Int.self) : nil
            self = whole.map { .whole($0) } ?? .real(number)
        } else if let flag = try? container.decode(Bool.self) {
            self = .whole(flag ? 1 : 0)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .many(try container.decode([FixtureValue].self))
        }
    }

    func number(_ label: String) throws -> Double {
        switch self {
        case .whole(let number): return Double(number)
        case .real(let number): return number
        case .text("nan"): return .nan
        case .text("inf"): return .infinity
        case .text("-inf"): return -.infinity
        case .text, .many: throw FixtureError(description: "\(label): expected a number")
        }
    }

    func integer(_ label: String) throws -> Int {
        guard case .whole(let number) = self else {
            throw FixtureError(description: "\(label): expected an integer")
        }
        return number
    }

    func string(_ label: String) throws -> String {
        guard case .text(let text) = self else {
            throw FixtureError(description: "\(label): expected a text")
        }
        return text
    }

    func list(_ label: String) throws -> [FixtureValue] {
        guard case .many(let values) = self else {
            throw FixtureError(description: "\(label): expected a list")
        }
        return values
    }
}
