/// A value that a setting can have.
public protocol SettingValue: Sendable {
    /// Reads the value from text, as a command line or a configuration file gives it; nil where it is none.
    static func parse(_ text: String) -> Self?
    /// What kind of value it is: what errors say was expected, and what a JSON Schema allows.
    static var kind: SettingKind { get }
    /// The value as text that `parse` reads back.
    var text: String { get }
}

/// The kinds of values that settings have.
public indirect enum SettingKind: Sendable, Equatable {
    case text, integer, number, boolean
    /// One of some words.
    case choice([String])
    /// Any number of values of one kind: `30,60` on a command line, `[30, 60]` in a file.
    case list(SettingKind)
    /// A value of a kind, or the word `auto`.
    case auto(SettingKind)

    /// What is expected, in words: "a whole number of at least 1, or auto".
    func expectation(_ bounds: SettingBounds?) -> String {
        let range = bounds.map { " \($0.words)" } ?? ""
        return switch self {
        case .text: "text"
        case .integer: "a whole number" + range
        case .number: "a number" + range
        case .boolean: "true or false"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .list(let kind): "a list of values such as [30, 60], each \(kind.expectation(bounds))"
        case .auto(let kind): "\(kind.expectation(bounds)), or auto"
        }
    }

    /// The words to choose from, where there are any.
    var words: [String] {
        switch self {
        case .choice(let words): words
        case .auto(let kind): kind.words
        default: []
        }
    }

    /// Whether it is a list, or `auto`.
    var isList: Bool {
        switch self {
        case .list: true
        case .auto(let kind): kind.isList
        default: false
        }
    }

    /// Whether a file may give this text in quotes, as it may not give numbers and booleans.
    func allowsQuotes(_ text: String) -> Bool {
        switch self {
        case .text, .choice: true
        case .auto(let kind): text == "auto" || kind.allowsQuotes(text)
        case .integer, .number, .boolean, .list: false
        }
    }
}

extension String: SettingValue {
    public static func parse(_ text: String) -> String? { text }
    public static var kind: SettingKind { .text }
    public var text: String { self }
}

extension Int: SettingValue {
    public static func parse(_ text: String) -> Int? { Int(text) }
    public static var kind: SettingKind { .integer }
    public var text: String { String(self) }
}

extension Double: SettingValue {
    /// Digits with a point and an exponent; hexadecimal, infinite and undefined numbers are none.
    public static func parse(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
    public static var kind: SettingKind { .number }
    public var text: String {
        let text = String(self)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension Bool: SettingValue {
    public static func parse(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE", "yes", "on", "1": true
        case "false", "False", "FALSE", "no", "off", "0": false
        default: nil
        }
    }
    public static var kind: SettingKind { .boolean }
    public var text: String { String(self) }
}

/// `auto` stands for a value that the task works out from the data.
extension Optional: SettingValue where Wrapped: SettingValue {
    public static func parse(_ text: String) -> Wrapped?? {
        text == "auto" ? .some(nil) : Wrapped.parse(text).map { .some($0) }
    }
    public static var kind: SettingKind { .auto(Wrapped.kind) }
    public var text: String { self?.text ?? "auto" }
}

/// Numbers with commas between them; none at all for an empty list.
extension Array: SettingValue where Element: SettingValue & Numeric {
    public static func parse(_ text: String) -> [Element]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Element.parse(String($0)) }
        return values.count == parts.count ? values : nil
    }
    public static var kind: SettingKind { .list(Element.kind) }
    public var text: String { map(\.text).joined(separator: ",") }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static func parse(_ text: String) -> Self? { Self(rawValue: text) }
    public static var kind: SettingKind { .choice(allCases.map(\.rawValue)) }
    public var text: String { rawValue }
}

/// The least and the greatest value of a setting, as text.
struct SettingBounds: Sendable, Equatable {
    let lower: String?
    let upper: String?
    /// Whether values stay below `upper`.
    let excludesUpper: Bool

    /// The ends of a range; nil where it has none.
    init?<Value: SettingValue & Comparable>(_ range: some RangeExpression<Value>) {
        switch range {
        case let range as ClosedRange<Value>:
            (lower, upper, excludesUpper) = (range.lowerBound.text, range.upperBound.text, false)
        case let range as Range<Value>:
            (lower, upper, excludesUpper) = (range.lowerBound.text, range.upperBound.text, true)
        case let range as PartialRangeFrom<Value>:
            (lower, upper, excludesUpper) = (range.lowerBound.text, nil, false)
        case let range as PartialRangeThrough<Value>:
            (lower, upper, excludesUpper) = (nil, range.upperBound.text, false)
        case let range as PartialRangeUpTo<Value>:
            (lower, upper, excludesUpper) = (nil, range.upperBound.text, true)
        default: return nil
        }
    }

    /// "from 0 to 1", "of at least 1".
    var words: String {
        let below = excludesUpper ? "below " : ""
        return switch (lower, upper) {
        case (let lower?, let upper?): "from \(lower) to \(below)\(upper)"
        case (let lower?, nil): "of at least \(lower)"
        case (nil, let upper?): excludesUpper ? "below \(upper)" : "of at most \(upper)"
        case (nil, nil): ""
        }
    }
}
