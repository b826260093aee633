import MartletVision
import Testing

/// Headers made by hand: what they announce decides, before any pixel is decoded.
@Suite struct ImageLimitTests {
    enum Format: CaseIterable, Sendable { case png, jpeg, bmp, webp }

    private static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    private static func little(_ value: UInt32) -> [UInt8] { big(value).reversed() }

    private static func pngChunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + data
        let checksum = ~body.reduce(~UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
                value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0)
            }
        }
        return big(UInt32(data.count)) + body + big(checksum)
    }

    /// A file that ends after its header, of a colour image.
    private static func header(_ format: Format, _ width: UInt32, _ height: UInt32) -> [UInt8] {
        switch format {
        case .png:
            return [0x89] + Array("PNG\r\n".utf8) + [0x1a, 0x0a]
                + pngChunk("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0])
                + big(0) + Array("IDAT".utf8)
        case .jpeg:
            let sides = Array(big(height).suffix(2) + big(width).suffix(2))
            let frame = [0xff, 0xc0, 0, 17, 8] + sides + [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
            let scan: [UInt8] = [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 0x3f, 0]
            return [0xff, 0xd8] + frame + scan
        case .bmp:
            return Array("BM".utf8) + little(54) + little(0) + little(54) + little(40)
                + little(width) + little(height) + [1, 0, 24, 0]
                + [UInt8](repeating: 0, count: 24)
        case .webp:
            // Lossless: 14 bits each for the sides less 1, whether there is alpha, the version.
            let bits = (width &- 1) & 0x3fff | ((height &- 1) & 0x3fff) << 14
            let chunk = [0x2f] + little(bits) + [UInt8](repeating: 0, count: 11)
            return Array("RIFF".utf8) + little(UInt32(12 + chunk.count)) + Array("WEBPVP8L".utf8)
                + little(UInt32(chunk.count)) + chunk
        }
    }

    private func kind(_ bytes: [UInt8], channels: Int? = nil) -> ImageError.Kind? {
        do {
            _ = try Image(decoding: bytes, channels: channels, source: "made")
            return nil
        } catch {
            return error.kind
        }
    }

    @Test(
        "C1: over 64 megapixels or 100 MB of pixels are refused by the header, less is decoded",
        arguments: Format.allCases)
    func sizes(_ format: Format) throws {
        // 6000 x 5556 x 3 = 100,008,000 bytes; one row less is 99,990,000.
        for (width, height) in [(6000, 5556), (16000, 16000), (16383, 16383)] as [(UInt32, UInt32)]
        {
            #expect(
                kind(Self.header(format, width, height)) == .tooLarge, "\(width) x \(height)")
        }
        #expect(kind(Self.header(format, 6000, 5555)) == .damaged)
        #expect(kind(Self.header(format, 8, 8)) == .damaged)
        // Grey is made of colour.
        #expect(kind(Self.header(format, 6000, 5556), channels: 1) == .tooLarge)
        let refused = try #require(throws: ImageError.self) {
            try Image(decoding: Self.header(format, 6000, 5556), source: "made")
        }
        #expect(
            refused.description.contains("made")
                && refused.description.contains(
                    "100008000 bytes of pixels, more than the 100000000"),
            "\(refused)")
        #expect(refused.exitCode == 3)
    }

    @Test("C1: sides of nothing and sides beyond any image", arguments: [Format.png, .jpeg, .bmp])
    func extremes(_ format: Format) {
        for (width, height) in [(0, 0), (0, 8), (8, 0)] as [(UInt32, UInt32)] {
            #expect(kind(Self.header(format, width, height)) == .damaged, "\(width) x \(height)")
        }
        #expect(kind(Self.header(format, 65000, 65000)) == .tooLarge)
        guard format != .jpeg else { return }
        for (width, height) in [(1, 1 << 30), (1 << 30, 1), (1 << 30, 1 << 30)]
            as [(UInt32, UInt32)]
        {
            #expect(kind(Self.header(format, width, height)) == .tooLarge, "\(width) x \(height)")
        }
        // A height below 0 turns a BMP over; no other side may be.
        #expect(kind(Self.header(format, .max - 7, 8)) != nil)
    }

    @Test("C1: grey takes a third of colour, and the limits are the caller's")
    func limits() throws {
        let image = pattern(height: 20, width: 10)
        let file = try image.pngData()
        #expect(try Image(decoding: file, byteLimit: 600) == image)
        let error = try #require(throws: ImageError.self) {
            try Image(decoding: file, byteLimit: 599)
        }
        #expect(error.kind == .tooLarge)
        let grey = try image.converted(channels: 1).pngData()
        #expect(try Image(decoding: grey, byteLimit: 200).channels == 1)
        #expect(throws: ImageError.self) {
            try Image(decoding: grey, channels: 3, byteLimit: 599)
        }
    }

    @Test(
        "C2: only JPEG, PNG, WebP and BMP are read, by their contents; others are named",
        arguments: [
            ("GIF89a", "GIF"), ("II*\0", "TIFF"), ("MM\0*", "TIFF"), ("<svg xmlns=", "SVG"),
            ("P1 2 2 1 0 1 1", "PNM"), ("P2\n2 2\n255\n", "PNM"), ("P3 1 1 255 1 2 3", "PNM"),
            ("P4\n8 1\n1", "PNM"), ("P5 1 1 255 a", "PNM"), ("P6 1 1 255 abc", "PNM"),
            ("P7\nWIDTH 1\n", "PNM"), ("PF\n1 1\n-1\n", "PNM"), ("#?RADIANCE\n", "Radiance HDR"),
            ("#?RGBE\n", "Radiance HDR"), ("8BPS\0\u{1}", "Photoshop"), ("%PDF-1.7", "PDF"),
            ("\0\0\u{1}\0\u{1}\0", "icon"), ("\0\0\0\u{c}jP  \r\n", "JPEG 2000"),
            ("\0\0\0\u{1c}ftypavif", "AVIF"),
        ])
    func formats(_ magic: String, _ name: String) throws {
        let error = try #require(throws: ImageError.self) {
            try Image(decoding: Array(magic.utf8) + [UInt8](repeating: 0, count: 16))
        }
        #expect(error.kind == .unsupported && error.reason.contains(name), "\(error)")
        #expect(error.reason.contains("expected JPEG, PNG, WebP or BMP"))
    }

    @Test(
        "C2: magic numbers that are no text",
        arguments: [
            ([0x76, 0x2f, 0x31, 0x01], "OpenEXR"), ([0x59, 0xa6, 0x6a, 0x95], "Sun raster"),
            ([0xff, 0x4f, 0xff, 0x51], "JPEG 2000"), ([0x1f, 0x8b, 8, 0], "gzip"),
        ] as [([UInt8], String)])
    func binaryFormats(_ magic: [UInt8], _ name: String) throws {
        let error = try #require(throws: ImageError.self) {
            try Image(decoding: magic + [UInt8](repeating: 0, count: 16))
        }
        #expect(error.kind == .unsupported && error.reason.contains(name), "\(error)")
    }
}
