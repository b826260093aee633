import Foundation
import Martlet
import MartletTesting
import MartletVision
import Testing

/// Mutants of good images: a picture or an `ImageError`, never a crash, a wait or much memory. `MARTLET_TEST_SCALE` tries
/// more.
@Suite struct FuzzTests {
    private static func seeds(_ endings: [String]) throws -> [[UInt8]] {
        try DecodingTests.names.filter { name in endings.contains { name.hasSuffix($0) } }
            .map { [UInt8](try Data(contentsOf: Fixtures.file($0))) }
    }

    /// Reads the header, and then the pixels where they are few.
    private static func accepts(_ path: String) throws -> Bool {
        do {
            let header = try ImageHeader(path: path)
            let image = try Image(path: path, pixelLimit: 1 << 16)
            // The EXIF orientation of a PNG or WebP stands behind its pixels.
            let sizes = [image.size, ImageSize(height: image.size.width, width: image.size.height)]
            guard sizes.contains(header.size) else {
                throw FuzzingError(description: "header \(header.size), image \(image.size)")
            }
            return true
        } catch let error as ImageError {
            guard "\(error)".contains(path) else { throw error }
            return false
        }
    }

    private func report(_ result: ExitTest.Result?) {
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }

    @Test("A13, C3: mutants of JPEG files")
    func jpeg() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let words = [
                "Exif\0\0", "II*\0", "MM\0*", "JFIF\0", "Adobe", "\u{12}\u{1}\u{3}\0",
                "ICC_PROFILE\0",
            ]
            try Fuzzing.run(
                "jpeg", seeds: FuzzTests.seeds([".jpg"]), words: words, count: 10_000,
                read: FuzzTests.accepts)
        }
        report(result)
    }

    @Test("A13, C3: mutants of PNG files")
    func png() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let words = [
                "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "iCCP", "zTXt", "iTXt", "eXIf",
                "sRGB", "acTL", "fdAT", "sBIT",
            ]
            try Fuzzing.run(
                "png", seeds: FuzzTests.seeds([".png"]), words: words, count: 10_000,
                read: FuzzTests.accepts)
        }
        report(result)
    }

    @Test("A13, C3: mutants of WebP and BMP files")
    func others() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let words = [
                "RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "EXIF", "BM", "XMP ",
            ]
            try Fuzzing.run(
                "images", seeds: FuzzTests.seeds([".webp", ".bmp"]), words: words,
                count: 10_000, read: FuzzTests.accepts)
        }
        report(result)
    }

    @Test("E7: reading images over and over, good and damaged ones, takes no more memory")
    func soak() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let names = DecodingTests.names
            let cut = NSTemporaryDirectory() + "martlet-cut-\(getpid()).jpg"
            try Data(contentsOf: Fixtures.file("colour.jpg")).dropLast(100).write(
                to: URL(fileURLWithPath: cut))
            defer { unlink(cut) }
            let rounds = 10_000 * Fuzzing.scale
            var soak = Soak("images", rounds: rounds, warmUp: 2000)
            for round in 0..<rounds {
                _ = try Image(contentsOf: Fixtures.file(names[round % names.count]))
                guard (try? Image(path: cut)) == nil else {
                    throw FuzzingError(description: "a cut image was read")
                }
                try soak.finishRound()
            }
            try soak.finish()
        }
        let text = Soak.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("rounds"), "\(text)")
    }
}
