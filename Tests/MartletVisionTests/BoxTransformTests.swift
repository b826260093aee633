import Martlet
import MartletMetrics
import MartletVision
import Testing

/// Boxes stay on the pixels of what they show.
@Suite struct BoxTransformTests {
    private static let transforms: [String: any Transform] = [
        "crop": RandomIoUCrop(), "zoom": RandomZoomOut(factor: 1...2, p: 1),
        "letterbox": Letterbox(ImageSize(height: 80, width: 100)),
        "tall letterbox": Letterbox(ImageSize(height: 120, width: 40)),
        "jitter": ScaleJitter(96, scale: 0.5...1.5),
        "distortion": RandomPhotometricDistortion(
            brightness: 0.9...1.1, contrast: 0.9...1.1, saturation: 0.9...1.1, hue: 0...0),
        "chain": Compose([
            RandomIoUCrop(), RandomZoomOut(factor: 1...2), RandomHorizontalFlip(),
            Letterbox(ImageSize(height: 90, width: 70)),
        ]),
    ]

    /// A dark image with a light rectangle.
    private static func image(_ box: Box, height: Int, width: Int) -> Image {
        var image = Image(height: height, width: width, fill: Color(grey: 10))
        image.fill(
            PixelRect(
                top: Int(box.y), left: Int(box.x), height: Int(box.height), width: Int(box.width)),
            Color(grey: 245))
        return image
    }

    /// The smallest box around pixels brighter than the middle and not the letterbox's grey; nil where there are none.
    private static func light(_ image: Image, _ within: Box? = nil) -> Box? {
        let bounds =
            within
            ?? Box(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
        var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)
        for row in Int(bounds.y)..<Int(bounds.bottom) {
            for column in Int(bounds.x)..<Int(bounds.right) where image[row, column] > 150 {
                (left, top) = (min(left, column), min(top, row))
                (right, bottom) = (max(right, column + 1), max(bottom, row + 1))
            }
        }
        guard right >= 0 else { return nil }
        return Box(
            left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom))
    }

    private static func isNear(_ one: Box, _ other: Box) -> Bool {
        abs(one.x - other.x) <= 1.5 && abs(one.y - other.y) <= 1.5
            && abs(one.right - other.right) <= 1.5 && abs(one.bottom - other.bottom) <= 1.5
    }

    @Test(arguments: transforms.keys.sorted())
    func boxesStayOnTheirPixels(_ name: String) throws {
        let transform = try #require(Self.transforms[name])
        let box = Box(x: 30, y: 12, width: 24, height: 36)
        let image = Self.image(box, height: 64, width: 88)
        var kept = 0
        for seed in 0..<60 {
            var generator = Generator(seed: UInt64(seed))
            let result = transform(
                image, boxes: [box], visible: 0.05, generator: &generator)
            guard let found = result.kept.first else { continue }
            kept += 1
            let truth = try #require(Self.light(result.image), "seed \(seed)")
            #expect(
                Self.isNear(found.box, truth),
                "seed \(seed): a box at \(found.box), the pixels at \(truth)")
        }
        #expect(kept > 40, "only \(kept) of 60 boxes were kept")
    }

    @Test func oneDrawServesImageAndMask() {
        let box = Box(x: 30, y: 12, width: 24, height: 36)
        let image = Self.image(box, height: 64, width: 88)
        var generator = Generator(seed: 3)
        let drawn = RandomIoUCrop(overlaps: [0.1, 1]).drawn(
            for: image.size, boxes: [box], generator: &generator)
        #expect(drawn.apply(to: image) == drawn.apply(to: image))
        #expect(drawn.apply(to: image).size == drawn.outputSize)
    }

    @Test func cropsShowAThingWellEnough() {
        let boxes = [
            Box(x: 10, y: 10, width: 40, height: 35), Box(x: 45, y: 30, width: 35, height: 30),
        ]
        let crop = RandomIoUCrop(overlaps: [0.3, 1])
        var cut = 0
        for seed in 0..<200 {
            var generator = Generator(seed: UInt64(seed))
            let size = ImageSize(height: 70, width: 90)
            guard let part = crop.parameters(for: size, boxes: boxes, generator: &generator)
            else { continue }
            cut += 1
            let whole = Box(
                x: Double(part.left), y: Double(part.top), width: Double(part.width),
                height: Double(part.height))
            #expect(boxes.contains { $0.iou(whole) >= 0.3 }, "seed \(seed)")
            #expect((0.5...2).contains(whole.width / whole.height))
            #expect(whole.right <= 90 && whole.bottom <= 70)
            // Only boxes whose middle is inside are shown.
            for box in boxes {
                let (x, y) = (box.x + box.width / 2, box.y + box.height / 2)
                let isInside =
                    whole.x < x && x < whole.right && whole.y < y && y < whole.bottom
                #expect((crop.shown(box, part, of: size).area > 0) == isInside)
            }
        }
        #expect(cut > 60)
        var generator = Generator(seed: 1)
        #expect(crop.parameters(for: 50, boxes: [], generator: &generator) == nil)
        #expect(crop.parameters(for: 50, generator: &generator) == nil)
    }

    /// A box that a crop has cut does not grow again when a border follows.
    @Test func whatIsCutOffStaysCutOff() {
        let both = Compose([CenterCrop(40), Pad(20)])
        var generator = Generator(seed: 1)
        let drawn = both.drawn(for: 80, generator: &generator)
        let kept = drawn.kept([Box(x: 0, y: 30, width: 40, height: 10)])
        #expect(kept.map(\.box) == [Box(x: 20, y: 30, width: 20, height: 10)])
        // Half of it is left.
        #expect(drawn.kept([Box(x: 0, y: 30, width: 40, height: 10)], visible: 0.6).isEmpty)
    }

    @Test func letterboxesKeepProportions() {
        let size = ImageSize(height: 80, width: 100)
        let result = Letterbox(size)(Image(height: 50, width: 25, fill: .white))
        #expect(result.size == size)
        #expect(result[40, 50] == 255 && result[40, 10] == 114 && result[0, 45] == 255)
        let light = Self.light(result)
        #expect(light == Box(x: 30, y: 0, width: 40, height: 80))
    }

    @Test func mosaicsShowFourImages() {
        let boxes = [
            Box(x: 10, y: 12, width: 24, height: 36), Box(x: 20, y: 2, width: 40, height: 30),
            Box(x: 30, y: 30, width: 14, height: 14), Box(x: 4, y: 8, width: 50, height: 40),
        ]
        let samples = boxes.map { (image: Self.image($0, height: 64, width: 72), boxes: [$0]) }
        var kept = 0
        for seed in 0..<40 {
            var generator = Generator(seed: UInt64(seed))
            let mosaic = Mosaic(ImageSize(height: 90, width: 110))
            let result = mosaic(samples, visible: 0.2, generator: &generator)
            #expect(result.image.size == mosaic.size)
            #expect(Set(result.kept.map(\.sample)).count == result.kept.count)
            for (sample, index, box) in result.kept {
                #expect(index == 0)
                kept += 1
                // Within the box nearly all is light.
                let inside = Box(
                    left: (box.x + 2).rounded(.up), top: (box.y + 2).rounded(.up),
                    right: (box.right - 2).rounded(.down), bottom: (box.bottom - 2).rounded(.down))
                guard inside.width > 0 && inside.height > 0 else { continue }
                #expect(
                    Self.light(result.image, inside) == inside,
                    "seed \(seed), sample \(sample): \(box)")
            }
        }
        #expect(kept > 100)
        var (one, other) = (Generator(seed: 7), Generator(seed: 7))
        #expect(
            Mosaic(64)(samples, generator: &one).image
                == Mosaic(64)(samples, generator: &other).image)
    }

    @Test func distortionExchangesColours() {
        let image = Image(height: 2, width: 2, fill: Color(red: 10, green: 100, blue: 200))
        var seen: Set<[UInt8]> = []
        for seed in 0..<60 {
            var generator = Generator(seed: UInt64(seed))
            let result = RandomPhotometricDistortion(
                brightness: 1...1, contrast: 1...1, saturation: 1...1, hue: 0...0)(
                    image, generator: &generator)
            seen.insert((0..<3).map { result[0, 0, $0] })
        }
        #expect(seen.count == 6 && seen.allSatisfy { $0.sorted() == [10, 100, 200] })
        var generator = Generator(seed: 1)
        let same = RandomPhotometricDistortion(p: 0)(image, generator: &generator)
        #expect(same == image)
    }
}
