internal import CUnicode
public import MartletData

/// Texts from bytes, of which none is replaced or left out in silence.
public enum TextDecoder {
    /// The least confidence, of 100, with which a guess of ICU's is taken. Of 3600 Chinese reviews and messages in GB18030, one
    /// by one, ICU tells 3299 right and 60 wrong with this confidence, and 2 right and 239 wrong with less; it has not
    /// much more for Russian.
    private static let leastConfidence: Int32 = 40

    /// The text of bytes in an encoding, or in the one they seem to be in.
    ///
    /// Without an encoding given, a byte order mark decides; else bytes that are UTF-8 are taken for it; else ICU guesses from
    /// the first 8000 bytes. UTF-16 without a byte order mark has to be given. A byte order mark is not part of the text.
    ///
    /// - Parameters:
    ///   - encoding: nil to find it.
    ///   - path: where the bytes are from, for errors.
    /// - Returns: the text, and the encoding that was given or found.
    /// - Throws: `DataError` with the first byte that cannot be decoded, when there is no such encoding, or when none fits.
    public static func decode(
        _ bytes: [UInt8], as encoding: TextEncoding? = nil, path: String = "text"
    ) throws(DataError) -> (text: String, encoding: TextEncoding) {
        let mark = TextEncoding.marks.first {
            bytes.starts(with: $0.bytes)
                && (encoding == nil || encoding?.name.lowercased() == $0.encoding.name.lowercased()
                    || encoding?.isUTF8 == true && $0.encoding == .utf8)
        }
        let found: TextEncoding
        if let known = encoding ?? mark?.encoding {
            found = known
        } else if let text = utf8(bytes[...]) {
            return (text, .utf8)
        } else {
            found = try guess(bytes, path)
        }
        return (try text(of: bytes, from: mark?.bytes.count ?? 0, found, path), found)
    }

    /// The text of a file, as `decode`.
    ///
    /// - Parameter longest: a file of more bytes is refused unread.
    /// - Throws: `DataError`, also when the file cannot be read.
    public static func read(
        _ path: String, as encoding: TextEncoding? = nil, longest: Int = 1 << 30
    ) throws(DataError) -> (text: String, encoding: TextEncoding) {
        try decode(InputFile.contents(path, longest: longest), as: encoding, path: path)
    }

    private static func text(
        of bytes: [UInt8], from start: Int, _ encoding: TextEncoding, _ path: String
    ) throws(DataError) -> String {
        let rest = bytes[start...]
        if encoding.isUTF8, let text = utf8(rest) { return text }
        var result = cu_text()
        var place: Int64 = -1
        let status = rest.withUnsafeBufferPointer { bytes in
            if encoding.isUTF8 {
                place = cu_utf8_error(bytes.baseAddress, bytes.count)
                return CU_INVALID
            }
            return cu_decode(encoding.name, bytes.baseAddress, bytes.count, &result, &place)
        }
        defer { cu_free(result.bytes) }
        switch status {
        case CU_OK:
            return UTF8Bytes(start: result.bytes, count: result.count).text(0..<result.count)
        case CU_UNKNOWN:
            throw DataError(
                path: path, problem: "no encoding is named '\(encoding.name)'",
                expected: "a name such as UTF-8, UTF-16LE or GB18030")
        case CU_INVALID:
            let at = place < 0 ? nil : start + Int(place)
            throw DataError(
                path: path, place: at.map { "byte \($0)" },
                problem: at.map { byte in
                    byte < bytes.count ? "0x" + String(bytes[byte], radix: 16) : "the end"
                } ?? "characters that are none",
                expected: "text in \(encoding.name)")
        default:
            throw DataError(
                path: path, problem: "\(bytes.count) bytes cannot be decoded",
                expected: "text in \(encoding.name)")
        }
    }

    private static func guess(_ bytes: [UInt8], _ path: String) throws(DataError) -> TextEncoding {
        var name = [CChar](repeating: 0, count: Int(CU_NAME_SIZE))
        var confidence: Int32 = 0
        let status = cu_detect(bytes, bytes.count, &name, &confidence)
        guard status == CU_OK, confidence >= leastConfidence else {
            throw DataError(
                path: path, problem: "bytes of an encoding that cannot be told",
                expected: "UTF-8, or that the encoding is given")
        }
        return TextEncoding(
            String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
    }

    private static func utf8(_ bytes: ArraySlice<UInt8>) -> String? {
        bytes.withUnsafeBufferPointer {
            cu_utf8_error($0.baseAddress, $0.count) < 0
                ? String(decoding: $0, as: UTF8.self) : nil
        }
    }
}
