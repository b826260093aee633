import Foundation
import Martlet
import MartletMetrics
import MartletVision
import Testing

@Suite struct TransformTests {
    static let all: [any Transform] = [
        Resize(20), CenterCrop(16), Pad(3), RandomCrop(24, padding: 4),
        RandomCrop(24, padding: 4, paddingMode: .reflect), RandomResizedCrop(16),
        RandomHorizontalFlip(), RandomVerticalFlip(), RandomRotation(30),
        RandomRotation(30, interpolation: .bilinear, expand: true),
        RandomAffine(
            degrees: -10...10, translate: .init(x: 0.1, y: 0.2), scale: 0.8...1.2,
            shearX: -5...5),
        RandomPerspective(p: 1),
        ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1), Grayscale(),
        RandomGrayscale(), GaussianBlur(kernelSize: 5), RandomErasing(p: 1),
        RandomErasing(p: 1, fill: nil), Compose([RandomCrop(20), RandomHorizontalFlip()]),
    ]

    @Test(arguments: all.indices) func theGeneratorDecidesAlone(index: Int) throws {
        let transform = Self.all[index]
        let image = try Fixtures.source()
        let start = Generator(seed: 5).stream("sample", 3, 17)
        var first = start
        var second = start
        for _ in 0..<4 {
            let once = transform(image, generator: &first)
            #expect(once == transform(image, generator: &second), "\(transform)")
        }
        #expect(first == second)
    }

    @Test(arguments: all.indices) func oneDrawServesManyImages(index: Int) throws {
        let transform = Self.all[index]
        let image = try Fixtures.source()
        var generator = Generator(seed: 9)
        for _ in 0..<5 {
            let drawn = transform.drawn(for: image.size, generator: &generator)
            let result = drawn.apply(to: image)
            #expect(result.size == drawn.outputSize, "\(transform)")
            #expect(drawn.apply(to: image) == result, "\(transform)")
        }
    }

    @Test(arguments: all.indices) func onePixelAndGreyAreEnough(index: Int) {
        var generator = Generator(seed: 2)
        for channels in [1, 3] {
            for size in [ImageSize(1), ImageSize(height: 1, width: 40), ImageSize(2)] {
                let image = pattern(height: size.height, width: size.width, channels: channels)
                for _ in 0..<3 { _ = Self.all[index](image, generator: &generator) }
            }
        }
    }

    @Test func cropsReachEveryPlaceAndNoOther() {
        var generator = Generator(seed: 1)
        let crop = RandomCrop(30, padding: 2)
        var tops: Set<Int> = []
        for _ in 0..<400 {
            let rect = crop.parameters(for: 32, generator: &generator)
            tops.insert(rect.top)
            #expect(rect.size == 30 && (-2...4).contains(rect.left))
        }
        #expect(tops == Set(-2...4))
    }

    @Test func smallImagesArePaddedToTheCrop() {
        var generator = Generator(seed: 1)
        let image = Image(height: 10, width: 50, fill: 200)
        let result = RandomCrop(20, fill: 9)(image, generator: &generator)
        #expect(result.size == 20)
        let rows = (0..<20).filter { result[$0, 5] == 200 }
        #expect(rows.count == 10 && (0..<20).allSatisfy { rows.contains($0) || result[$0, 5] == 9 })
    }

    @Test func resizedCropsKeepTheirBounds() {
        var generator = Generator(seed: 4)
        let size = ImageSize(height: 300, width: 400)
        let crop = RandomResizedCrop(32)
        for _ in 0..<300 {
            let rect = crop.parameters(for: size, generator: &generator)
            #expect(rect.top >= 0 && rect.left >= 0)
            #expect(rect.top + rect.height <= 300 && rect.left + rect.width <= 400)
            let share = Double(rect.size.area) / Double(size.area)
            #expect(share > 0.075 && share <= 1)
            let ratio = Double(rect.width) / Double(rect.height)
            #expect(ratio > 0.74 && ratio < 1.35)
        }
        // No part of a strip has such proportions: the middle it is.
        let strip = crop.parameters(for: ImageSize(height: 10, width: 1000), generator: &generator)
        #expect(strip == PixelRect(top: 0, left: 493, height: 10, width: 13))
    }

    @Test func probabilitiesAreKept() {
        var generator = Generator(seed: 8)
        let flip = RandomHorizontalFlip(p: 0.3)
        let flips = (0..<4000).count { _ in flip.parameters(for: 8, generator: &generator) }
        #expect(abs(Double(flips) / 4000 - 0.3) < 0.03)
        let never = RandomErasing(p: 0).parameters(for: 32, generator: &generator)
        #expect(never == nil)
    }

    @Test func erasingCoversTheStatedShare() throws {
        var generator = Generator(seed: 6)
        let image = Image(height: 64, width: 64, fill: 255)
        for _ in 0..<50 {
            let result = RandomErasing(p: 1)(image, generator: &generator)
            let share = Double(result.samples.count { $0 == 0 }) / Double(64 * 64 * 3)
            #expect(share > 0.015 && share < 0.34)
        }
        let noisy = RandomErasing(p: 1, fill: nil)(image, generator: &generator)
        #expect(Set(noisy.samples).count > 50)
    }

    @Test func jitterWithoutRangesDoesNothing() throws {
        var generator = Generator(seed: 6)
        let source = try Fixtures.source()
        #expect(ColorJitter()(source, generator: &generator) == source)
        let drawn = ColorJitter(brightness: 0.5, hue: 0.1)
            .parameters(for: source.size, generator: &generator)
        #expect(drawn.count == 2)
    }

    @Test func describesItself() {
        let transform = Compose([RandomCrop(32, padding: 4), RandomHorizontalFlip()])
        #expect(
            "\(transform)" == "RandomCrop(32x32, padding 4, constant), RandomHorizontalFlip(0.5)")
    }
}

@Suite struct PreprocessingTests {
    private let preprocessing = Preprocessing(
        resize: Resize(20), crop: 16, normalize: .imageNet)

    @Test func batchesAreChannelsLastAndNormalised() throws {
        let images = try [Fixtures.source(), Fixtures.source().flippedVertically()]
        let batch = preprocessing.batch(images)
        #expect(batch.shape == [2, 3, 16, 16] && batch.isChannelsLast)
        let values = batch.array(as: Float.self)
        for (n, image) in images.enumerated() {
            let small = preprocessing(image)
            let single = small.tensor(.imageNet).array(as: Float.self)
            for c in 0..<3 {
                for y in 0..<16 {
                    for x in 0..<16 {
                        let normalize = Normalize.imageNet
                        let expected =
                            (Float(small[y, x, c]) / 255 - normalize.mean[c]) / normalize.std[c]
                        let at = (c * 16 + y) * 16 + x
                        #expect(abs(values[n * 768 + at] - expected) < 1e-5)
                        #expect(abs(single[at] - expected) < 1e-5)
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 3]) func tensorsComeBackAsImages(channels: Int) {
        let image = pattern(height: 9, width: 11, channels: channels)
        #expect(Image(image.tensor()) == image)
        let normalize = Normalize(
            mean: Array(repeating: 0.4, count: channels),
            std: Array(repeating: 0.3, count: channels))
        #expect(Image(image.tensor(normalize), denormalizing: normalize) == image)
        let odd = Image(Tensor([[-1, 0.5], [2, .nan]] as [[Float]]))
        #expect(odd.samples == [0, 128, 255, 0])
    }

    @Test func survivesAsJSON() throws {
        for value in [
            preprocessing, Preprocessing(normalize: .unit(channels: 1)),
            Preprocessing(
                resize: Resize(.exactly(ImageSize(height: 3, width: 5)), interpolation: .lanczos),
                normalize: .imageNet),
            Preprocessing(
                letterbox: Letterbox(ImageSize(height: 3, width: 5)), normalize: .imageNet),
        ] {
            let data = try JSONEncoder().encode(value)
            #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == value)
        }
        let short = #"{"channels": 1, "resize": {"shorterSide": 32}, "mean": [0.5], "std": [0.5]}"#
        let read = try JSONDecoder().decode(Preprocessing.self, from: Data(short.utf8))
        #expect(read.resize == Resize(32) && read.crop == nil && read.channels == 1)
    }

    @Test func thingsAreFoundAgainInTheOriginal() {
        let box = Box(x: 10, y: 20, width: 30, height: 15)
        let size = ImageSize(height: 50, width: 100)
        let letterbox = Preprocessing(letterbox: Letterbox(64), normalize: .imageNet)
        let inside = letterbox.placement(of: size)(box)
        // 64 by 32 pixels in the middle.
        #expect(abs(inside.x - 6.4) < 1e-9 && abs(inside.y - (16 + 12.8)) < 1e-9)
        #expect(abs(inside.width - 19.2) < 1e-9 && abs(inside.height - 9.6) < 1e-9)
        for preprocessing in [letterbox, preprocessing, Preprocessing(normalize: .imageNet)] {
            let placement = preprocessing.placement(of: size)
            let back = placement.original(of: placement(box))
            for (one, other) in [(back.x, box.x), (back.y, box.y), (back.right, box.right)] {
                #expect(abs(one - other) < 1e-9)
            }
        }
    }

    @Test(arguments: [
        #"{"channels": 1, "mean": [0], "std": [1], "letterbox": {"size": [0, 5]}}"#,
        #"{"channels": 2, "mean": [0, 0], "std": [1, 1]}"#,
        #"{"channels": 3, "mean": [0], "std": [1, 1, 1]}"#,
        #"{"channels": 1, "mean": [0], "std": [0]}"#,
        #"{"channels": 1, "mean": [0], "std": [1], "crop": [0, 5]}"#,
        #"{"channels": 1, "mean": [0], "std": [1], "resize": {"shorterSide": -5}}"#,
        #"{"channels": 1, "mean": [0], "std": [1], "resize": {"size": [5, 1000000000000]}}"#,
        #"{"channels": 1, "mean": [0], "std": [1], "resize": {"shorterSide": 8, "interpolation": "x"}}"#,
        #"{"mean": [0], "std": [1]}"#,
    ])
    func refusesNonsense(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8))
        }
    }
}
