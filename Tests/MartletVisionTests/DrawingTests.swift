import Foundation
import MartletVision
import Testing

@Suite struct DrawingTests {
    /// The smallest rectangle that holds everything that is not white.
    private func extent(_ image: Image) -> PixelRect? {
        var rows: [Int] = []
        var columns: [Int] = []
        for y in 0..<image.height {
            for x in 0..<image.width
            where (0..<image.channels).contains(where: { image[y, x, $0] != 255 }) {
                rows.append(y)
                columns.append(x)
            }
        }
        guard let top = rows.min(), let bottom = rows.max(), let left = columns.min(),
            let right = columns.max()
        else { return nil }
        return PixelRect(
            top: top, left: left, height: bottom - top + 1, width: right - left + 1)
    }

    @Test func copiesDoNotShareChanges() {
        let image = Image(height: 8, width: 8, fill: .white)
        var changed = image
        changed.fill(PixelRect(top: 1, left: 2, height: 3, width: 4), .red)
        #expect(extent(image) == nil)
        #expect(extent(changed) == PixelRect(top: 1, left: 2, height: 3, width: 4))
    }

    @Test func textStandsWhereItsSizeSays() throws {
        let style = TextStyle(height: 14)
        let size = style.size(of: "Hxg")
        var image = Image(height: 60, width: 120, fill: .white)
        image.drawText("Hxg", x: 20, y: 30, style: style)
        let drawn = try #require(extent(image))
        #expect(abs(drawn.left - 20) <= 2 && abs(drawn.width - size.width) <= 4)
        #expect(abs(drawn.top - (30 - size.ascent)) <= 2)
        #expect(drawn.top + drawn.height <= 31 + size.descent)
        #expect(style.fitting("a long caption", width: 60).hasSuffix(".."))
        #expect(style.size(of: style.fitting("a long caption", width: 60)).width <= 60)
        #expect(style.fitting("ab", width: 60) == "ab")
    }

    @Test func nothingOutsideTheImageIsTouched() {
        for channels in [1, 3] {
            var image = Image(height: 10, width: 12, channels: channels, fill: .white)
            let before = image
            image.fill(PixelRect(top: -9, left: 40, height: 5, width: 1 << 20), .red)
            image.drawLines([Point(x: -50, y: -50), Point(x: 1e12, y: -20)], .red, thickness: 3)
            image.drawText("far away", x: 5000, y: -900)
            image.fillCircle(Point(x: -40, y: 3), radius: 5, .red)
            image.fillPolygon(
                [Point(x: -9, y: -9), Point(x: -5, y: -9), Point(x: -7, y: -5)], .red)
            image.paste(Image(height: 4, width: 4), top: -4, left: 3)
            image.paste(Image(height: 4, width: 4), top: 20, left: 30)
            #expect(image == before)
            image.paste(Image(height: 40, width: 40), top: -5, left: -5)
            #expect(image == Image(height: 10, width: 12, channels: channels))
        }
    }

    @Test func shapesAreWhereTheyShouldBe() {
        var image = Image(height: 40, width: 40, fill: .white)
        image.fillCircle(Point(x: 20, y: 20), radius: 8, .blue)
        #expect(image[20, 20, 0] == Color.blue.red && image[20, 33, 0] == 255)
        image.outline(PixelRect(top: 2, left: 3, height: 30, width: 34), .red, thickness: 2)
        #expect(image[2, 3, 0] == 200 && image[31, 36, 0] == 200 && image[32, 37, 0] == 255)
        #expect(image[4, 5, 0] == 255)
        image.drawLines([Point(x: 0, y: 38.5), Point(x: 40, y: 38.5)], .black)
        #expect((1..<39).allSatisfy { image[38, $0] < 64 && image[36, $0] > 192 })
        var grey = Image(height: 4, width: 4, channels: 1)
        grey.fill(PixelRect(top: 0, left: 0, height: 4, width: 4), .red)
        #expect(grey[1, 1] == 88)
    }

    @Test func gridsHoldTheirImages() throws {
        let cell = ImageGrid.Cell(
            Image(height: 28, width: 28, channels: 1, fill: 60),
            caption: ["Ankle boot 97 %", "true: Sneaker"], verdict: .wrong)
        let picture = ImageGrid(
            Array(repeating: cell, count: 5), columns: 3, side: 84, title: "Sample"
        ).image()
        #expect(picture.channels == 3 && picture.width == 10 + 3 * 94)
        #expect(picture[34 + 40, 10 + 40, 0] == 60)
        #expect(picture[34 - 2, 10 + 40, 0] == Color.red.red)
        #expect(ImageGrid([]).image().size.area > 0)
        let odd = ImageGrid([
            .init(Image(height: 0, width: 5)), .init(Image(height: 1, width: 900)),
        ])
        #expect(odd.image().size.area > 0)
    }

    @Test func confusionMatricesOfAllSizes() {
        for count in [0, 1, 2, 10, 100] {
            let counts = (0..<count).map { row in
                (0..<count).map { row == $0 ? 90 : (row + $0) % 7 }
            }
            let picture = ConfusionMatrixPicture(
                counts: counts, classes: (0..<count).map { "class \($0)" })
            #expect(picture.image().size.area > 0)
        }
    }

    @Test func chartsOfOddValues() throws {
        for curves in [
            [], [LineChart.Curve("none", [])], [LineChart.Curve("one", [0.5])],
            [LineChart.Curve("flat", [3, 3, 3])], [LineChart.Curve("zero", [0, 0])],
            [LineChart.Curve("gaps", [.nan, 1, .infinity, 2, 3])],
            [LineChart.Curve("large", [1e300, -1e300])], [LineChart.Curve("tiny", [1e-30, 2e-30])],
            [LineChart.Curve("close", [1, 1 + 1e-15])],
        ] {
            let chart = LineChart(title: "t", xLabel: "x", yLabel: "y", curves: curves)
            #expect(chart.image().size == ImageSize(height: 360, width: 560))
        }
        let curve = LineChart.Curve("loss", (1...20).map { 1 / Double($0) })
        let picture = LineChart(curves: [curve]).image()
        let colour = Color.series(0)
        let drawn = (0..<picture.height).contains { y in
            (0..<picture.width).contains { picture[y, $0, 2] == colour.blue }
        }
        #expect(drawn)
    }
}
