import Martlet
import MartletVision
import Testing

/// Against Pillow and torchvision on the same image.
@Suite struct GeometryTests {
    @Test(arguments: Interpolation.allCases, ["16x16", "11x80", "90x53", "1x1"])
    func resizesAsPillow(interpolation: Interpolation, size: String) throws {
        let expected = try Fixtures.result("resize-\(interpolation)-\(size)")
        let image = try Fixtures.source().resized(
            to: expected.size, interpolation: interpolation)
        #expect(try #require(difference(image, expected)) <= 1)
    }

    @Test func resizesGreyAndPlain() throws {
        let grey = try Fixtures.source().converted(channels: 1).resized(to: 16)
        #expect(try #require(difference(grey, Fixtures.result("resize-grey-16x16"))) <= 1)
        let plain = try Fixtures.source().resized(to: 16, antialias: false)
        #expect(try #require(difference(plain, Fixtures.result("resize-plain-16x16"))) <= 1)
    }

    @Test func resizesTheShorterSide() throws {
        let image = try Resize(20)(Fixtures.source())
        #expect(try #require(difference(image, Fixtures.result("shorter-20"))) <= 1)
        #expect(
            Resize(20, maxSize: 25).outputSize(of: ImageSize(height: 100, width: 400))
                == ImageSize(height: 6, width: 25))
        #expect(
            Resize(256).outputSize(of: ImageSize(height: 500, width: 375))
                == ImageSize(height: 341, width: 256))
    }

    @Test func resizesPartsAsIfCutOut() {
        let image = pattern(height: 30, width: 40)
        let part = PixelRect(top: 3, left: 7, height: 20, width: 25)
        #expect(image.resized(from: part, to: 9) == image.cropped(part).resized(to: 9))
    }

    @Test func cropsTheMiddle() throws {
        let image = try CenterCrop(ImageSize(height: 20, width: 60))(Fixtures.source())
        #expect(try difference(image, Fixtures.result("center-20x60")) == 0)
    }

    @Test func cropsBeyondTheEdges() {
        let image = pattern(height: 4, width: 5)
        for top in -6...6 {
            for left in -7...7 {
                let rect = PixelRect(top: top, left: left, height: 3, width: 4)
                for mirrored in [false, true] {
                    let cut = image.cropped(rect, fill: 77, mirrored: mirrored)
                    for y in 0..<3 {
                        for x in 0..<4 {
                            let column = left + (mirrored ? 3 - x : x)
                            let inside = (0..<4).contains(top + y) && (0..<5).contains(column)
                            for c in 0..<3 {
                                #expect(
                                    cut[y, x, c] == (inside ? image[top + y, column, c] : 77))
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: ImagePaddingMode.allCases) func pads(mode: ImagePaddingMode) throws {
        let image = try Fixtures.source().padded(
            Padding(left: 3, top: 5, right: 7, bottom: 2), mode: mode,
            fill: Color(red: 10, green: 20, blue: 30))
        #expect(try difference(image, Fixtures.result("pad-\(mode)")) == 0)
    }

    @Test(arguments: ["nearest", "bilinear"]) func warps(name: String) throws {
        let interpolation = try #require(Interpolation(rawValue: name))
        let source = try Fixtures.source()
        let turned = source.rotated(degrees: 25, interpolation: interpolation)
        #expect(try #require(difference(turned, Fixtures.result("rotate-\(name)"))) <= 1)
        let grown = source.rotated(degrees: 25, interpolation: interpolation, expand: true)
        let expected = try Fixtures.result("rotate-expand-\(name)")
        #expect(try #require(difference(grown, expected)) <= 1)
        let map = PlaneMap(
            angle: 10, translate: (3, -4), scale: 1.2, shear: (5, -7), size: source.size)
        let moved = source.warped(by: map, to: source.size, interpolation: interpolation)
        #expect(try #require(difference(moved, Fixtures.result("affine-\(name)"))) <= 1)
    }

    @Test func warpsInPerspectiveAndWithCubics() throws {
        let source = try Fixtures.source()
        let map = try #require(
            PlaneMap(
                showing: [(0, 0), (53, 0), (53, 37), (0, 37)],
                at: [(4, 3), (50, 1), (47, 33), (2, 36)]))
        let seen = source.warped(by: map, to: source.size, interpolation: .bilinear)
        #expect(try #require(difference(seen, Fixtures.result("perspective"))) <= 1)
        let turned = source.rotated(degrees: 25, interpolation: .bicubic)
        #expect(try #require(difference(turned, Fixtures.result("rotate-bicubic"))) <= 1)
        let line: [(x: Double, y: Double)] = [(0, 0), (1, 1), (2, 2), (3, 3)]
        #expect(PlaneMap(showing: line, at: line) == nil)
    }

    @Test func rightAnglesKeepEveryPixel() {
        let image = pattern(height: 6, width: 10)
        let turned = image.rotated(degrees: 90, expand: true)
        #expect(turned.size == ImageSize(height: 10, width: 6))
        #expect(turned[0, 0, 1] == image[0, 9, 1] && turned[9, 5, 2] == image[5, 0, 2])
        let back = turned.rotated(degrees: -90, expand: true)
        #expect(back == image)
    }

    @Test func flipsTwiceIsNothing() {
        let image = pattern(height: 5, width: 7)
        #expect(image.flippedHorizontally().flippedHorizontally() == image)
        #expect(image.flippedVertically().flippedVertically() == image)
        #expect(image.flippedHorizontally()[2, 0, 1] == image[2, 6, 1])
        #expect(image.flippedVertically()[0, 3, 2] == image[4, 3, 2])
    }
}

@Suite struct ColourTests {
    @Test(arguments: [0.4, 1.6]) func adjustsAsTorchvision(factor: Double) throws {
        let source = try Fixtures.source()
        for (name, image) in [
            ("brightness", source.adjustedBrightness(factor)),
            ("contrast", source.adjustedContrast(factor)),
            ("saturation", source.adjustedSaturation(factor)),
        ] {
            let expected = try Fixtures.result("\(name)-\(factor)")
            #expect(try #require(difference(image, expected)) <= 1, "\(name)")
        }
    }

    @Test(arguments: [-0.3, 0.1]) func turnsTheHue(shift: Double) throws {
        let image = try Fixtures.source().adjustedHue(shift)
        #expect(try #require(difference(image, Fixtures.result("hue-\(shift)"))) <= 1)
    }

    @Test func greysAndBlurs() throws {
        let source = try Fixtures.source()
        #expect(try #require(difference(source.grayscale(), Fixtures.result("grayscale"))) <= 1)
        let blurred = source.gaussianBlurred(
            kernelSize: ImageSize(height: 7, width: 5), sigma: 1.3)
        #expect(try #require(difference(blurred, Fixtures.result("blur"))) <= 1)
    }

    @Test func neutralFactorsChangeNothing() throws {
        let source = try Fixtures.source()
        #expect(source.adjustedBrightness(1) == source)
        #expect(source.adjustedContrast(1) == source)
        #expect(source.adjustedSaturation(1) == source)
        #expect(try #require(difference(source.adjustedHue(0), source)) <= 1)
        let grey = pattern(height: 3, width: 3, channels: 1)
        #expect(grey.adjustedHue(0.3) == grey && grey.adjustedSaturation(2) == grey)
    }
}
