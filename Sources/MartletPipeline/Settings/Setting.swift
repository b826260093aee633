/// Where a value came from.
public enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case standard
    case file(String, line: Int)
    case commandLine
    /// Worked out by the task, for example from the data.
    case derived

    public var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .commandLine: "command line"
        case .derived: "derived"
        }
    }
}

/// A setting as the reader of a configuration sees it, whatever its type.
protocol AnySetting: AnyObject {
    var summary: String { get }
    var kind: SettingKind { get }
    var bounds: SettingBounds? { get }
    /// The value in force, and the one that holds where nothing is said, as text.
    var text: String { get }
    var standard: String { get }
    var origin: SettingOrigin { get }
    /// Takes a value from text; false, and no change, where it is not one.
    func set(_ text: String, from origin: SettingOrigin) -> Bool
}

extension AnySetting {
    /// What is expected, for error messages and lists.
    var expectation: String { kind.expectation(bounds) }
}

/// One value of a configuration: its default, what it means and what it may be.
///
/// ```swift
/// final class Options: TaskSettings {
///     @Setting("how many layers the network has", in: 1...100) var layers = 4
///     @Setting("the width of a layer, or auto to choose by the data", in: 1...) var width: Int? = nil
/// }
/// ```
@propertyWrapper
public final class Setting<Value: SettingValue>: AnySetting {
    private var value: Value
    let summary: String
    let bounds: SettingBounds?
    let standard: String
    private let accepts: (Value) -> Bool
    private(set) var origin = SettingOrigin.standard

    private init(
        _ value: Value, _ summary: String, _ bounds: SettingBounds?,
        _ accepts: @escaping (Value) -> Bool
    ) {
        self.value = value
        self.summary = summary
        self.bounds = bounds
        self.accepts = accepts
        standard = value.text
    }

    public convenience init(wrappedValue: Value, _ summary: String) {
        self.init(wrappedValue, summary, nil) { _ in true }
    }

    /// A value within bounds.
    public convenience init(
        wrappedValue: Value, _ summary: String, in bounds: some RangeExpression<Value>
    ) where Value: Comparable {
        self.init(wrappedValue, summary, SettingBounds(bounds)) { bounds.contains($0) }
    }

    /// A value within bounds, or `auto`.
    public convenience init<Wrapped: SettingValue & Comparable>(
        wrappedValue: Value, _ summary: String, in bounds: some RangeExpression<Wrapped>
    ) where Value == Wrapped? {
        self.init(wrappedValue, summary, SettingBounds(bounds)) {
            $0.map { bounds.contains($0) } ?? true
        }
    }

    /// Values within bounds.
    public convenience init<Element: SettingValue & Comparable & Numeric>(
        wrappedValue: Value, _ summary: String, in bounds: some RangeExpression<Element>
    ) where Value == [Element] {
        self.init(wrappedValue, summary, SettingBounds(bounds)) {
            $0.allSatisfy { bounds.contains($0) }
        }
    }

    public var wrappedValue: Value {
        get { value }
        set {
            if newValue.text != value.text { origin = .derived }
            value = newValue
        }
    }

    var kind: SettingKind { Value.kind }
    var text: String { value.text }

    func set(_ text: String, from origin: SettingOrigin) -> Bool {
        guard let parsed = Value.parse(text), accepts(parsed) else { return false }
        value = parsed
        self.origin = origin
        return true
    }
}
