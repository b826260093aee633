import Foundation
import MartletData
import MartletTesting
import Testing

@testable import MartletText

/// Models of SentencePiece, and what they make of texts.
@Suite struct SentencePieceTests {
    private struct Reference: Decodable {
        let model: Data
        let ids: [[Int]]
        let decoded: [String]
    }

    private func tokenizer(_ model: Data) throws -> SubwordTokenizer {
        let path = NSTemporaryDirectory() + "martlet-sentencepiece-\(UUID()).model"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try model.write(to: URL(fileURLWithPath: path))
        return try SubwordTokenizer(sentencePiece: path)
    }

    @Test(
        "ids and text put together again equal SentencePiece's",
        arguments: SubwordFixtures.all?.sentencepieces ?? [])
    func equal(_ name: String) throws {
        let reference: Reference = try fixture("sentencepiece-\(name)")
        let texts = try #require(SubwordFixtures.all).texts
        let tokenizer = try tokenizer(reference.model)
        #expect(texts.count == reference.ids.count)
        for (index, text) in texts.enumerated() {
            let encoding = tokenizer.encode(text)
            #expect(encoding.ids == reference.ids[index], "\(name): \(text.debugDescription)")
            let decoded = tokenizer.decode(reference.ids[index])
            #expect(
                decoded.unicodeScalars.elementsEqual(reference.decoded[index].unicodeScalars),
                "\(name): \(decoded.debugDescription), not \(reference.decoded[index].debugDescription)"
            )
            #expect(encoding.ranges.allSatisfy { $0.upperBound <= text.utf8.count })
        }
    }

    @Test("what is written reads as the same", arguments: SubwordFixtures.all?.sentencepieces ?? [])
    func written(_ name: String) throws {
        let reference: Reference = try fixture("sentencepiece-\(name)")
        let one = try tokenizer(reference.model)
        let path = NSTemporaryDirectory() + "martlet-written-\(UUID()).model"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try one.write(sentencePiece: path)
        #expect(try SubwordTokenizer(sentencePiece: path).sentencePiece == one.sentencePiece)
        // Whatever else it says, as how it was trained, is there too: fields are in another order, that is all.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.sorted() == reference.model.sorted())
    }

    @Test(
        "what is wrong with a model is named, with the file",
        arguments: [
            ([], "no pieces"),
            ([0x0A, 0x05, 0x0A, 0x01, 0x61], "a damaged or shortened file"),
            ([0x0A, 0x03, 0x0A, 0x01, 0xFF], "a damaged or shortened file"),
            ([0x0A, 0x00], "piece 0 without text"),
            ([0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x07], "the type 7 of piece 0"),
            ([0x0A, 0x08, 0x0A, 0x01, 0x61, 0x15, 0, 0, 0xC0, 0x7F], "the score nan of piece 0"),
            ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x09], "the type of model 9"),
            (
                [0x0A, 0x03, 0x0A, 0x01, 0x61, 0x2A, 0x03, 0x12, 0x01, 0],
                "rules for text that is put together again"
            ),
            ([0x0A, 0x03, 0x0A, 0x01, 0x61], "0 unknown pieces"),
        ] as [([UInt8], String)])
    func refused(_ bytes: [UInt8], _ problem: String) {
        let error = #expect(throws: DataError.self) {
            try SubwordTokenizer(sentencePieceContents: bytes, path: "some.model")
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.hasPrefix("some.model: ") && text.contains(problem), "\(text)")
    }

    @Test("small things that are repeated often are refused soon", .timeLimit(.minutes(1)))
    func repeated() {
        let unknown: [UInt8] = [0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x02]
        for part: [UInt8] in [
            [0x0A, 0x00], [0x12, 0x00], [0x0B], [0x12, 0x02, 0x08, 0x01], [0xFF],
        ] {
            let count = (1 << 20) * Fuzzing.scale / part.count
            let bytes = Array(repeatElement(part, count: count).joined()) + unknown + [0x0A]
            #expect(throws: DataError.self) {
                try SubwordTokenizer(sentencePieceContents: bytes, path: "some.model")
            }
        }
        let long = [UInt8](repeating: 0, count: SentencePieceFile.longest + 1)
        let error = #expect(throws: DataError.self) {
            try SubwordTokenizer(sentencePieceContents: long, path: "some.model")
        }
        #expect(error.map { "\($0)" }?.contains("a model of 33554433 bytes") == true)
    }
}
