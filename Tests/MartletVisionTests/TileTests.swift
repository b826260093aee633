import MartletMetrics
import MartletVision
import Testing

@Suite struct TileTests {
    private let size = ImageSize(height: 300, width: 500)

    @Test func tilesCoverTheImage() {
        let tiles = Tiles(of: size, side: 128)
        var covered = [Bool](repeating: false, count: size.area)
        for rect in tiles.rects {
            #expect(rect.height == 128 && rect.width == 128)
            #expect(rect.top + 128 <= 300 && rect.left + 128 <= 500)
            for y in rect.top..<rect.top + 128 {
                for x in rect.left..<rect.left + 128 { covered[y * 500 + x] = true }
            }
        }
        #expect(covered.allSatisfy { $0 })
        for side in [0, 500, 1000] {
            #expect(
                Tiles(of: size, side: side).rects
                    == [PixelRect(top: 0, left: 0, height: 300, width: 500)])
        }
        // Lower than a tile, but wider.
        #expect(
            Tiles(of: size, side: 400).rects.map(\.left) == [0, 100]
                && Tiles(of: size, side: 400).rects.allSatisfy { $0.height == 300 })
    }

    /// What every tile sees of some boxes, put together, is those boxes.
    @Test func whatTilesSeeIsPutTogether() {
        let boxes = [
            Box(x: 5, y: 5, width: 20, height: 20), Box(x: 95, y: 90, width: 40, height: 30),
            Box(x: 240, y: 150, width: 25, height: 60), Box(x: 470, y: 260, width: 30, height: 40),
            Box(x: 300, y: 20, width: 22, height: 22), Box(x: 300, y: 20, width: 22, height: 22),
        ]
        let labels = [0, 1, 0, 1, 0, 1]
        let tiles = Tiles(of: size, side: 128)
        let found = tiles.rects.enumerated().map { number, rect in
            let bounds = Box(
                x: Double(rect.left), y: Double(rect.top), width: Double(rect.width),
                height: Double(rect.height))
            return zip(boxes, labels).compactMap { box, label -> Detection? in
                let part = box.clipped(to: bounds)
                guard part.area > 0.2 * box.area else { return nil }
                return Detection(
                    box: part, label: label, score: 0.9 - 0.001 * Double(number))
            }
        }
        let merged = tiles.merged(found, DetectionSelection())
        #expect(merged.count == boxes.count)
        for (box, label) in zip(boxes, labels) {
            #expect(merged.contains { $0.box == box && $0.label == label })
        }
        #expect(merged.map(\.score) == merged.map(\.score).sorted(by: >))
    }

    @Test func anImageOfOneTileIsLeftAsItIs() {
        let found = [
            Detection(box: Box(x: 0, y: 0, width: 9, height: 9), label: 0, score: 0.5),
            Detection(box: Box(x: 0, y: 0, width: 9, height: 9), label: 0, score: 0.4),
        ]
        #expect(Tiles(of: size, side: 0).merged([found], DetectionSelection()) == found)
    }
}
