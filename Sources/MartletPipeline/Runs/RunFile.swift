internal import Foundation
internal import MartletData

/// The small files of a run folder.
enum RunFile {
    /// The most bytes of a JSON file that is read.
    static let jsonLimit = 1 << 28

    /// A file's text.
    ///
    /// - Throws: `DataError` when it cannot be read, is larger than the limit or is not UTF-8.
    static func text(_ path: String, limit: Int = jsonLimit) throws -> String {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw DataError(path: path, problem: "no such file")
        }
        guard information.st_size <= limit else {
            throw DataError(
                path: path, problem: "\(information.st_size) bytes", expected: "at most \(limit)")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DataError(path: path, problem: "it cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw DataError(path: path, problem: "bytes that are no text", expected: "UTF-8")
        }
        return text
    }

    /// Decodes a JSON file.
    ///
    /// - Throws: `DataError`.
    static func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
        try decode(type, json: text(path), path: path)
    }

    /// Decodes JSON that was found at a place.
    static func decode<Value: Decodable>(
        _ type: Value.Type, json: some StringProtocol, path: String, place: String? = nil
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json.utf8))
        } catch let error as DecodingError {
            throw DataError(path: path, place: place, problem: reason(error))
        } catch {
            throw DataError(path: path, place: place, problem: "\(error)", expected: "JSON")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .keyNotFound(_, let context), .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        let keys = context?.codingPath.map(\.stringValue).joined(separator: ".") ?? ""
        return (keys.isEmpty ? "" : "\(keys): ") + (context?.debugDescription ?? "\(error)")
    }

    /// Writes a value as JSON, whole or not at all.
    static func encode(_ value: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try AtomicFile.write(Array(encoder.encode(value)) + [UInt8(ascii: "\n")], to: path)
    }
}
