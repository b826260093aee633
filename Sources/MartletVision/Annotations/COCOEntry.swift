internal import MartletData
internal import MartletMetrics

/// An entry of one of the lists of a COCO file: the members that matter, and the first thing that is wrong with them.
struct COCOEntry {
    /// What is wrong.
    struct Fault {
        let kind: AnnotationProblem.Kind
        let message: String
    }

    private enum Value {
        case number(Double)
        case text(String)
        /// The first five: more than four are wrong already.
        case numbers([Double])
        case other
    }

    /// Where it begins in the file.
    let byte: Int
    private(set) var fault: Fault?
    private var values: [String: Value] = [:]

    private static let keys: Set<String> = [
        "id", "image_id", "category_id", "bbox", "area", "iscrowd", "file_name", "width", "height",
        "name", "difficult", "truncated", "occluded", "score",
    ]

    /// Reads an entry. One that is no object is passed over and has a fault.
    init(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        let next = scanner.peek()
        byte = scanner.position
        guard next == UInt8(ascii: "{") else {
            refuse(.object, "it is no object")
            try scanner.skipValue()
            return
        }
        try scanner.members { scanner, key, _ throws(JSONScanner.Failure) in
            guard COCOEntry.keys.contains(key) else { return try scanner.skipValue() }
            guard let value = try COCOEntry.value(&scanner) else { return }
            if values.updateValue(value, forKey: key) != nil {
                refuse(.object, "the key \"\(key)\" is there twice")
            }
        }
    }

    /// Nil for null, which says as much as no member.
    private static func value(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> Value? {
        if scanner.isAtNumber() { return .number(try scanner.number()) }
        switch scanner.peek() {
        case UInt8(ascii: "\""): return .text(try scanner.string())
        case UInt8(ascii: "["):
            var list: [Double] = []
            var isPlain = true
            try scanner.elements { scanner throws(JSONScanner.Failure) in
                if scanner.isAtNumber() {
                    let number = try scanner.number()
                    if list.count < 5 { list.append(number) }
                } else {
                    isPlain = false
                    try scanner.skipValue()
                }
            }
            return isPlain ? .numbers(list) : .other
        case UInt8(ascii: "n"):
            try scanner.skipValue()
            return nil
        default:
            try scanner.skipValue()
            return .other
        }
    }

    /// Notes what is wrong; only the first counts.
    mutating func refuse(_ kind: AnnotationProblem.Kind, _ message: String) {
        if fault == nil { fault = Fault(kind: kind, message: message) }
    }

    /// A whole number that must be there.
    mutating func whole(_ key: String) -> Int? {
        if values[key] == nil { refuse(.object, "there is no \"\(key)\"") }
        return optionalWhole(key)
    }

    /// A whole number, nil where there is none, or, with a fault, something else.
    mutating func optionalWhole(_ key: String) -> Int? {
        guard let value = values[key] else { return nil }
        // Beyond this, doubles hold only some of the whole numbers.
        guard case .number(let number) = value, let whole = Int(exactly: number),
            whole.magnitude < 1 << 53
        else {
            refuse(.object, "\"\(key)\" is \(describe(value)); expected a whole number")
            return nil
        }
        return whole
    }

    /// What something else is known by: most files have numbers, some names.
    enum Name: Hashable, CustomStringConvertible {
        case number(Int)
        case text(String)

        var description: String {
            switch self {
            case .number(let number): "\(number)"
            case .text(let text): quoted(text)
            }
        }
    }

    /// A whole number or a text that must be there.
    mutating func name(_ key: String) -> Name? {
        if case .text(let text) = values[key] { return .text(text) }
        return whole(key).map(Name.number)
    }

    /// A number that must be there.
    mutating func number(_ key: String) -> Double? {
        guard case .number(let number) = values[key] else {
            refuse(
                .object,
                values[key].map { "\"\(key)\" is \(describe($0)); expected a number" }
                    ?? "there is no \"\(key)\"")
            return nil
        }
        return number
    }

    /// A mark, 0 or 1; no where there is none, or, with a fault, something else.
    mutating func mark(_ key: String) -> Bool {
        let value = optionalWhole(key) ?? 0
        if value != 0 && value != 1 {
            refuse(.object, "\"\(key)\" is \(value); expected 0 or 1")
        }
        return value == 1
    }

    /// A number of 0 or more, nil where there is none, or, with a fault, something else.
    mutating func optionalArea(_ key: String) -> Double? {
        guard let value = values[key] else { return nil }
        guard case .number(let number) = value, number >= 0 else {
            refuse(.object, "\"\(key)\" is \(describe(value)); expected a number of 0 or more")
            return nil
        }
        return number
    }

    /// A text that must be there.
    mutating func text(_ key: String) -> String? {
        guard case .text(let text) = values[key], !text.isEmpty else {
            refuse(
                .object,
                values[key].map { "\"\(key)\" is \(describe($0)); expected a text" }
                    ?? "there is no \"\(key)\"")
            return nil
        }
        return text
    }

    /// A list of numbers that must be there.
    mutating func numbers(_ key: String) -> [Double]? {
        guard case .numbers(let numbers) = values[key] else {
            refuse(
                .object,
                values[key].map { "\"\(key)\" is \(describe($0)); expected a list of numbers" }
                    ?? "there is no \"\(key)\"")
            return nil
        }
        return numbers
    }

    /// The box that must be there as `bbox`: x, y, width and height.
    mutating func box() -> Box? {
        guard let numbers = numbers("bbox") else { return nil }
        guard numbers.count == 4 else {
            refuse(
                .box,
                "\"bbox\" has \(numbers.count > 4 ? "more than 4" : "\(numbers.count)") numbers; "
                    + "expected x, y, width and height")
            return nil
        }
        guard numbers[2] >= 0, numbers[3] >= 0, numbers.allSatisfy({ abs($0) <= 1e9 }) else {
            refuse(
                .box,
                "\"bbox\" is [\(numbers.map(written).joined(separator: ", "))]; expected a width and "
                    + "height of 0 or more, in pixels")
            return nil
        }
        return Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }

    private func describe(_ value: Value) -> String {
        switch value {
        case .number(let number): written(number)
        case .text(let text): "the text \(quoted(text))"
        case .numbers: "a list"
        case .other: "something else"
        }
    }
}
