import MartletText
import Testing

@Suite struct AlignedTextTests {
    @Test func replacements() {
        let text = AlignedText("one two three").replacing([
            .init(0..<3, with: "1"), .init(4..<8, with: ""), .init(13..<13, with: "!"),
        ])
        #expect(text.text == "1 three!")
        #expect(text.originalRange(0..<1) == 0..<3)
        #expect(text.originalRange(1..<2) == 3..<4)
        #expect(text.originalRange(2..<7) == 8..<13)
        #expect(text.originalRange(0..<7) == 0..<13)
        #expect(text.originalRange(7..<8) == 13..<13)
        #expect(text.originalRange(0..<0) == 0..<0)
    }

    @Test func changesFollowOneAnother() {
        let text = AlignedText("ﬁn É").normalized(to: .nfkc)
        #expect(text.text == "fin É")
        #expect(text.originalRange(0..<1) == 0..<3)
        #expect(text.originalRange(1..<2) == 0..<3)
        let plain = text.withoutAccents().lowercased()
        #expect(plain.text == "fin e")
        #expect(plain.originalRange(4..<5) == 5..<7)
        let cut = plain.replacing([.init(0..<1, with: ""), .init(2..<4, with: "--")])
        #expect(cut.text == "i--e")
        #expect(cut.originalRange(0..<1) == 0..<3)
        #expect(cut.originalRange(1..<3) == 3..<5)
        #expect(cut.original == "ﬁn É")
    }

    @Test func nothingLeft() {
        let text = AlignedText("abc").replacing([.init(0..<3, with: "")])
        #expect(text.text.isEmpty && text.originalRange(0..<0) == 0..<0)
        #expect(text.replacing([.init(0..<0, with: "x")]).originalRange(0..<1) == 0..<0)
    }

    /// Random changes, against a place for each byte.
    @Test func randomChanges() {
        var state: UInt64 = 7
        func draw(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<500 {
            var aligned = AlignedText(String(repeating: "abcdef", count: 1 + draw(4)))
            var ranges = (0..<aligned.text.utf8.count).map { $0..<($0 + 1) }
            for _ in 0..<4 {
                var (replacements, place): ([AlignedText.Replacement], Int) = ([], 0)
                var next: [Range<Int>] = []
                while place < ranges.count {
                    let end = min(ranges.count, place + 1 + draw(4))
                    if draw(2) == 0 {
                        next += ranges[place..<end]
                    } else {
                        let new = String(repeating: "x", count: draw(4))
                        replacements.append(.init(place..<end, with: new))
                        let from = ranges[place].lowerBound..<ranges[end - 1].upperBound
                        next += Array(repeating: from, count: new.utf8.count)
                        // One byte in place of one stays the byte it was.
                    }
                    place = end
                }
                aligned = aligned.replacing(replacements)
                ranges = next
                #expect(aligned.text.utf8.count == ranges.count)
            }
            for lower in ranges.indices {
                for upper in lower..<ranges.count {
                    #expect(
                        aligned.originalRange(lower..<(upper + 1))
                            == ranges[lower].lowerBound..<ranges[upper].upperBound)
                }
            }
        }
    }
}
