/// A value that a setting can have.
public protocol SettingValue: Sendable {
    /// Reads the value from text, as a command line or a configuration file gives it; nil where it is none.
    static func parse(_ text: String) -> Self?
    /// What is expected, for error messages: "a whole number".
    static var expectation: String { get }
    /// The value as text that `parse` reads back.
    var text: String { get }
}

extension String: SettingValue {
    public static func parse(_ text: String) -> String? { text }
    public static var expectation: String { "text" }
    public var text: String { self }
}

extension Int: SettingValue {
    public static func parse(_ text: String) -> Int? { Int(text) }
    public static var expectation: String { "a whole number" }
    public var text: String { String(self) }
}

extension Double: SettingValue {
    public static func parse(_ text: String) -> Double? {
        Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
    public static var expectation: String { "a number" }
    public var text: String { String(self) }
}

extension Bool: SettingValue {
    public static func parse(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }
    public static var expectation: String { "true or false" }
    public var text: String { String(self) }
}

/// `auto` stands for a value that the task works out from the data.
extension Optional: SettingValue where Wrapped: SettingValue {
    public static func parse(_ text: String) -> Wrapped?? {
        text == "auto" ? .some(nil) : Wrapped.parse(text).map { .some($0) }
    }
    public static var expectation: String { "\(Wrapped.expectation), or auto" }
    public var text: String { self?.text ?? "auto" }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static func parse(_ text: String) -> Self? { Self(rawValue: text) }
    public static var expectation: String {
        "one of " + allCases.map(\.rawValue).joined(separator: ", ")
    }
    public var text: String { rawValue }
}

/// Where a value came from.
public enum SettingOrigin: Sendable, Equatable {
    case standard
    case file(String, line: Int)
    case commandLine
    /// Worked out by the task, for example from the data.
    case derived
}

/// A setting as the reader of a configuration sees it, whatever its type.
protocol AnySetting: AnyObject {
    var summary: String { get }
    var expectation: String { get }
    var text: String { get }
    var origin: SettingOrigin { get set }
    /// Takes a value from text; false where it is not one.
    func set(_ text: String) -> Bool
}

/// One value of a configuration: its default, what it means and what it may be.
///
/// ```swift
/// struct Options: Settings {
///     @Setting("passes over the training data", in: 1...) var epochs = 10
/// }
/// ```
@propertyWrapper
public final class Setting<Value: SettingValue>: AnySetting {
    private var value: Value
    let summary: String
    private let accepts: (Value) -> Bool
    let expectation: String
    var origin = SettingOrigin.standard

    public init(wrappedValue: Value, _ summary: String) {
        value = wrappedValue
        self.summary = summary
        accepts = { _ in true }
        expectation = Value.expectation
    }

    /// A value within bounds.
    public init(wrappedValue: Value, _ summary: String, in bounds: some RangeExpression<Value>)
    where Value: Comparable {
        value = wrappedValue
        self.summary = summary
        accepts = { bounds.contains($0) }
        expectation = "\(Value.expectation) in \(bounds)"
    }

    /// A value within bounds, or `auto`.
    public init<Wrapped: SettingValue & Comparable>(
        wrappedValue: Value, _ summary: String, in bounds: some RangeExpression<Wrapped>
    ) where Value == Wrapped? {
        value = wrappedValue
        self.summary = summary
        accepts = { $0.map { bounds.contains($0) } ?? true }
        expectation = "\(Wrapped.expectation) in \(bounds), or auto"
    }

    public var wrappedValue: Value {
        get { value }
        set {
            if newValue.text != value.text { origin = .derived }
            value = newValue
        }
    }

    var text: String { value.text }

    func set(_ text: String) -> Bool {
        guard let parsed = Value.parse(text), accepts(parsed) else { return false }
        value = parsed
        return true
    }
}

/// A group of settings: a class whose properties are `@Setting`s or groups of their own.
public protocol Settings: AnyObject {
    init()
}
