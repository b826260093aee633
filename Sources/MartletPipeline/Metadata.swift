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
    /// - Throws: `MetadataError` where there is none, or one of another kind.
    public func get<Value: Decodable>(_ key: String, as type: Value.Type) throws(MetadataError)
        -> Value
    {
        guard let value = try find(key, as: type) else {
            throw MetadataError("its metadata lack \(key)")
        }
        return value
    }

    /// The value of a key; nil where there is none.
    ///
    /// - Throws: `MetadataError` for a value of another kind.
    public func find<Value: Decodable>(_ key: String, as type: Value.Type) throws(MetadataError)
        -> Value?
    {
        guard let text = entries[key] else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw MetadataError("its metadata hold \(key) that cannot be read")
        }
    }
}

/// What is wrong with what a model file says beyond weights; ``ModelFile/makeTask(_:changes:)`` adds the file's name.
public struct MetadataError: Error, CustomStringConvertible {
    /// What is wrong, without the file's name.
    public let description: String

    /// An error about a model file: "its metadata hold no classes".
    public init(_ description: String) { self.description = description }
}
