internal import Foundation

/// What a task keeps in its model file beyond weights and settings: values as JSON, by key.
public struct Metadata {
    /// As it is in the file.
    public private(set) var entries: [String: String]

    /// What a file holds; nothing by default.
    public init(_ entries: [String: String] = [:]) { self.entries = entries }

    /// Puts a value under a key.
    public mutating func set(_ key: String, _ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            entries[key] = String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("Metadata: \(key) has no form in JSON: \(error)")
        }
    }

    /// The value of a key.
    ///
    /// - Throws: `ModelFileError` where there is none, or one of another kind.
    public func get<Value: Decodable>(_ key: String, as type: Value.Type) throws(ModelFileError)
        -> Value
    {
        guard let value = try find(key, as: type) else {
            throw ModelFileError(
                path: "model file", reason: "its metadata lack \(key)", exitCode: 4)
        }
        return value
    }

    /// The value of a key; nil where there is none.
    ///
    /// - Throws: `ModelFileError` for a value of another kind.
    public func find<Value: Decodable>(_ key: String, as type: Value.Type) throws(ModelFileError)
        -> Value?
    {
        guard let text = entries[key] else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw ModelFileError(
                path: "model file", reason: "its metadata hold \(key) that cannot be read",
                exitCode: 4)
        }
    }
}
