import Foundation
import MartletVision
import Testing

@Suite struct DecodingTests {
    static let names =
        [
            "colour.jpg", "progressive.jpg", "full.jpg", "grey.jpg", "cmyk.jpg", "colour.png",
            "grey.png", "alpha.png", "grey-alpha.png", "palette.png", "palette-alpha.png",
            "bit.png",
            "deep.png", "interlaced.png", "colour.bmp", "palette.bmp", "bit.bmp", "lossy.webp",
            "lossless.webp", "orientation-6.png", "orientation-6.webp",
        ] + (1...8).map { "orientation-\($0).jpg" }

    @Test("C4: pixels are Pillow's: exact, JPEG within 2", arguments: names) func agreesWithPillow(
        name: String
    ) throws {
        let image = try Image(contentsOf: Fixtures.file(name), channels: 3)
        let expected = try Fixtures.result(name)
        // Versions of libjpeg differ in the last bit.
        let tolerance = name.hasSuffix("jpg") ? 2 : 0
        #expect(try #require(difference(image, expected)) <= tolerance)
    }

    @Test func greyAgreesWithPillow() throws {
        let image = try Image(contentsOf: Fixtures.file("colour.jpg"), channels: 1)
        let expected = try Fixtures.result("colour.jpg", grey: true)
        #expect(try #require(difference(image, expected)) <= 2)
    }

    @Test func keepsTheChannelsOfTheFile() throws {
        for (name, channels) in [
            ("grey.jpg", 1), ("grey.png", 1), ("bit.png", 1), ("grey-alpha.png", 1),
            ("colour.png", 3), ("palette.png", 3), ("bit.bmp", 1),
        ] {
            #expect(try Image(contentsOf: Fixtures.file(name)).channels == channels, "\(name)")
        }
    }

    @Test func headersAreFoundBehindMuchElse() throws {
        let jpeg = try Data(contentsOf: Fixtures.file("orientation-6.jpg"))
        // Notes of 60,000 bytes between the file's first two bytes and the rest.
        let note =
            Data([0xFF, 0xED, UInt8(60_002 >> 8), UInt8(60_002 & 255)]) + Data(count: 60_000)
        let path = NSTemporaryDirectory() + "header-\(UUID()).jpg"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try (jpeg.prefix(2) + note + note + jpeg.dropFirst(2)).write(to: URL(fileURLWithPath: path))
        let plain = try ImageHeader(path: Fixtures.file("orientation-6.jpg").path)
        #expect(try ImageHeader(path: path) == plain)
    }

    @Test func readsHeadersAlone() throws {
        let header = try ImageHeader(path: Fixtures.file("orientation-6.jpg").path)
        #expect(header.format == "JPEG")
        #expect(header.size == ImageSize(height: 25, width: 18))
        #expect(header.channels == 3)
        #expect(try ImageHeader(path: Fixtures.file("lossy.webp").path).format == "WebP")
    }

    @Test("C2: contents decide, not the name") func contentsDecideNotTheName() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("really-a-png.jpg")
            try Data(contentsOf: Fixtures.file("colour.png")).write(to: file)
            #expect(try ImageHeader(path: file.path).format == "PNG")
            #expect(try Image(contentsOf: file) == Fixtures.result("colour.png"))
        }
    }

    @Test(arguments: [1, 3]) func writesWhatItReads(channels: Int) throws {
        let image = pattern(height: 21, width: 34, channels: channels)
        #expect(try Image(decoding: image.pngData()) == image)
        #expect(try Image(decoding: image.pngData(level: 0)) == image)
        let smooth = try Fixtures.source().converted(channels: channels)
        let again = try Image(decoding: smooth.jpegData(quality: 100))
        #expect(again.channels == channels)
        let errors = zip(again.samples, smooth.samples).map { abs(Int($0) - Int($1)) }
        #expect(errors.reduce(0, +) < errors.count * 6)
    }
}

/// Files as the world holds them: each must be an error that says what is wrong, never a picture.
@Suite struct HostileFileTests {
    private func error(_ body: () throws -> Image) -> ImageError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? ImageError
        }
    }

    @Test(
        "C3: cut at every percent it is an error, never a picture",
        arguments: [
            "colour.jpg", "progressive.jpg", "cmyk.jpg", "colour.png", "interlaced.png",
            "palette.png",
            "lossy.webp", "lossless.webp", "colour.bmp", "palette.bmp",
        ])
    func truncatedAtEveryPercent(name: String) throws {
        let bytes = try Data(contentsOf: Fixtures.file(name))
        for percent in 0..<100 {
            let cut = bytes.prefix(bytes.count * percent / 100)
            #expect(
                error { try Image(decoding: cut, source: name) } != nil,
                "\(name) cut at \(percent) % was accepted")
        }
        for missing in 1...4 {
            let cut = bytes.dropLast(missing)
            #expect(error { try Image(decoding: cut) }?.kind == .damaged, "\(name) less \(missing)")
        }
    }

    @Test("C3: flipped bits never crash") func flippedBitsNeverCrash() throws {
        var state: UInt64 = 88_172_645_463_325_252
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for name in DecodingTests.names {
            let bytes = try Data(contentsOf: Fixtures.file(name))
            for _ in 0..<60 {
                var changed = [UInt8](bytes)
                for _ in 0...next(3) { changed[next(changed.count)] ^= UInt8(1 << next(8)) }
                // An image or an error; a crash would end the tests.
                _ = error { try Image(decoding: changed, pixelLimit: 1 << 20) }
            }
        }
    }

    @Test("C3: damage in the middle of a PNG is noticed") func damageInTheMiddleOfAPNGIsNoticed()
        throws
    {
        var bytes = [UInt8](try Data(contentsOf: Fixtures.file("colour.png")))
        bytes[bytes.count / 2] ^= 0x10
        #expect(error { try Image(decoding: bytes) }?.kind == .damaged)
    }

    @Test("C1: huge headers are refused before decoding") func hugeHeadersAreRefusedBeforeDecoding()
        throws
    {
        func number(_ value: UInt32) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
        // The checksum of the header is computed here, so that only its size is wrong.
        func checksum(_ bytes: [UInt8]) -> UInt32 {
            ~bytes.reduce(~UInt32(0)) { sum, byte in
                (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
                    value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0)
                }
            }
        }
        for (width, height) in [(65535, 65535), (1, 1 << 30), (1 << 30, 1 << 30)]
            as [(UInt32, UInt32)]
        {
            let header = Array("IHDR".utf8) + number(width) + number(height) + [8, 2, 0, 0, 0]
            let bytes =
                [0x89] + Array("PNG\r\n".utf8) + [0x1a, 0x0a] + number(13) + header
                + number(checksum(header))
            #expect(
                error { try Image(decoding: bytes + number(0) + Array("IDAT".utf8)) }?.kind
                    == .tooLarge)
        }
        #expect(
            error { try Image(contentsOf: Fixtures.file("colour.jpg"), pixelLimit: 449) }?.kind
                == .tooLarge)
        #expect(
            error { try Image(contentsOf: Fixtures.file("colour.jpg"), pixelLimit: 450) } == nil)
    }

    @Test("C2: what is no image is named") func whatIsNoImageIsNamed() throws {
        #expect(error { try Image(decoding: [UInt8]()) }?.kind == .empty)
        let text = try #require(error { try Image(decoding: Array("hello, world\n".utf8)) })
        #expect(text.kind == .notAnImage && text.reason.contains("text") && text.exitCode == 3)
        #expect(error { try Image(decoding: [0, 1, 2, 3, 255, 254]) }?.kind == .notAnImage)
    }

    @Test func whatIsNoFileIsNamed() throws {
        try withTemporaryFolder { folder in
            let missing = folder.appendingPathComponent("missing.png")
            let absent = try #require(error { try Image(contentsOf: missing) })
            #expect(absent.kind == .unreadable && absent.source == missing.path)
            #expect(error { try Image(contentsOf: folder) }?.kind == .unreadable)
            let pipe = folder.appendingPathComponent("pipe.jpg")
            #expect(mkfifo(pipe.path, 0o600) == 0)
            #expect(error { try Image(contentsOf: pipe) }?.kind == .unreadable)
            let empty = folder.appendingPathComponent("empty.jpg")
            try Data().write(to: empty)
            #expect(error { try Image(contentsOf: empty) }?.kind == .empty)
        }
    }
}
