import MartletData
import MartletText
import Testing

@Suite struct TextDecoderTests {
    private struct Reference: Decodable {
        struct Text: Decodable {
            let encoding: String
            let bytes: String
            let text: String
        }
        struct Wrong: Decodable {
            let encoding: String
            let bytes: String
            let place: Int
        }
        let texts: [Text]
        let wrong: [Wrong]
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8($0 < 0x3A ? $0 - 0x30 : $0 - 0x57) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func encodingsGiven() throws {
        for text in try fixture("encodings", as: Reference.self).texts {
            let encoding = TextEncoding(text.encoding)
            let decoded = try TextDecoder.decode(bytes(text.bytes), as: encoding)
            #expect(Array(decoded.text.utf8) == Array(text.text.utf8), "\(text.encoding)")
            #expect(decoded.encoding == encoding)
        }
    }

    @Test func encodingsFound() throws {
        for text in try fixture("encodings", as: Reference.self).texts
        where !text.encoding.hasPrefix("UTF-16") {
            let decoded = try TextDecoder.decode(bytes(text.bytes))
            #expect(decoded.text == text.text, "\(text.encoding): \(decoded.encoding.name)")
        }
    }

    @Test func wrongBytes() throws {
        for wrong in try fixture("encodings", as: Reference.self).wrong {
            let error = try #require(throws: DataError.self) {
                try TextDecoder.decode(
                    bytes(wrong.bytes), as: TextEncoding(wrong.encoding), path: "a.txt")
            }
            #expect(error.path == "a.txt")
            #expect(error.place == "byte \(wrong.place)", "\(wrong.encoding) \(wrong.bytes)")
            #expect(error.expected == "text in \(wrong.encoding)")
        }
    }

    @Test func marks() throws {
        let marked: [(String, [UInt8])] = [
            ("UTF-8", [0xEF, 0xBB, 0xBF, 0x61, 0]),
            ("UTF-16LE", [0xFF, 0xFE, 0x61, 0, 0, 0]),
            ("UTF-16BE", [0xFE, 0xFF, 0, 0x61, 0, 0]),
            ("UTF-32LE", [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0, 0, 0, 0, 0]),
        ]
        for (name, bytes) in marked {
            let found = try TextDecoder.decode(bytes)
            #expect(found.text == "a\0" && found.encoding.name == name)
            #expect(try TextDecoder.decode(bytes, as: TextEncoding(name)).text == "a\0")
        }
        #expect(try TextDecoder.decode([], as: .gb18030).text.isEmpty)
        #expect(try TextDecoder.decode([]).encoding == .utf8)
        #expect(try TextDecoder.decode([0x61, 0, 0x62]).text == "a\0b")
        // The place counts from the file's first byte.
        let error = #expect(throws: DataError.self) {
            try TextDecoder.decode([0xEF, 0xBB, 0xBF, 0x61, 0xFF])
        }
        #expect(error?.place == "byte 4" && error?.problem == "0xff")
    }

    @Test func noSuchEncoding() {
        let error = #expect(throws: DataError.self) {
            try TextDecoder.decode([0x61], as: TextEncoding("klingon"))
        }
        #expect(error?.problem == "no encoding is named 'klingon'")
    }

    @Test func noEncodingToBeTold() {
        #expect(throws: DataError.self) { try TextDecoder.decode([0xFF, 0x00, 0x81]) }
    }
}
