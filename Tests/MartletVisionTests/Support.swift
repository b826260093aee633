import Foundation
import MartletVision
import Testing

/// The files that `make_fixtures.py` made.
enum Fixtures {
    static let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")

    static func file(_ name: String) -> URL { folder.appendingPathComponent("files/\(name)") }

    /// What Pillow or torchvision got.
    static func result(_ name: String, grey: Bool = false) throws -> Image {
        let path = folder.appendingPathComponent("results/\(name)").path
        let isColour = !grey && FileManager.default.fileExists(atPath: path + ".ppm")
        let bytes = try Data(
            contentsOf: URL(fileURLWithPath: path + (isColour ? ".ppm" : ".pgm")))
        // Pillow writes "P6\nWIDTH HEIGHT\n255\n", or P5 for grey, and the samples.
        let parts = bytes.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false)
        let sides = String(decoding: parts[1], as: UTF8.self).split(separator: " ").compactMap {
            Int($0)
        }
        try #require(sides.count == 2 && parts.count == 4)
        return Image(
            height: sides[1], width: sides[0], channels: isColour ? 3 : 1,
            samples: [UInt8](parts[3])
        )
    }

    /// The image that the transforms were applied to.
    static func source() throws -> Image { try result("source") }
}

/// The greatest difference of two images' samples; nil when they cannot be compared.
func difference(_ a: Image, _ b: Image) -> Int? {
    guard a.size == b.size && a.channels == b.channels else { return nil }
    return zip(a.samples, b.samples).map { abs(Int($0) - Int($1)) }.max() ?? 0
}

/// Runs the closure with a folder that is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("martlet-vision-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// An image in which every sample differs from its neighbours.
func pattern(height: Int, width: Int, channels: Int = 3) -> Image {
    Image(
        height: height, width: width, channels: channels,
        samples: (0..<height * width * channels).map { UInt8($0 * 37 % 251) })
}
