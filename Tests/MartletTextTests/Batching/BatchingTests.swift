import Martlet
import MartletText
import Testing

@Suite struct BatchingTests {
    @Test func truncationKeepsTheBeginningTheEndOrBoth() {
        #expect(Truncation.head.kept(of: 10, limit: 4) == [0..<4])
        #expect(Truncation.tail.kept(of: 10, limit: 4) == [6..<10])
        #expect(Truncation.both.kept(of: 10, limit: 4) == [0..<1, 7..<10])
        #expect(Truncation.both.kept(of: 10, limit: 3) == [7..<10])
        for truncation in Truncation.allCases {
            #expect(truncation.kept(of: 4, limit: 4) == [0..<4])
            #expect(truncation.kept(of: 0, limit: 1) == [0..<0])
            let kept = truncation.kept(of: 100, limit: 7).reduce(0) { $0 + $1.count }
            #expect(kept == 7)
        }
    }

    @Test func paddingFillsUpAtTheEnd() {
        let batch = PaddedBatch([[5, 6, 7], [8]], padding: 9)
        #expect(batch.ids.shape == [2, 3])
        #expect(batch.ids.array(as: Int.self) == [5, 6, 7, 8, 9, 9])
        #expect(batch.lengths.array(as: Int.self) == [3, 1])
        let rounded = PaddedBatch([[5, 6, 7], [8]], padding: 9, multipleOf: 4)
        #expect(rounded.ids.array(as: Int.self) == [5, 6, 7, 9, 8, 9, 9, 9])
        #expect(rounded.lengths.array(as: Int.self) == [3, 1])
    }

    private static let lengths: [Int] = {
        var generator = Generator(seed: 3)
        return (0..<1000).map { _ in 1 + generator.integer(in: 0..<200) }
    }()

    @Test(arguments: [LengthBatches.Size.sequences(32), .tokens(2000), .tokens(50), .sequences(1)])
    func everySequenceIsInOneBatchWithOthersOfItsLength(_ size: LengthBatches.Size) {
        let lengths = Self.lengths
        let batches = LengthBatches(lengths: lengths, size: size)
        var generator = Generator(seed: 1)
        let shuffled = batches.shuffled(&generator)
        #expect(shuffled.joined().sorted() == Array(lengths.indices))
        #expect(batches.byLength.joined().sorted() == Array(lengths.indices))
        for batch in shuffled + batches.byLength {
            let padded = batch.count * (batch.map { lengths[$0] }.max() ?? 0)
            switch size {
            case .sequences(let count): #expect(batch.count <= count && !batch.isEmpty)
            case .tokens(let count): #expect(padded <= count || batch.count == 1)
            }
        }
        // At random, nearly half of what batches of 32 hold would be filled up.
        let real = lengths.reduce(0, +)
        let padded = shuffled.reduce(0) { sum, batch in
            sum + batch.count * (batch.map { lengths[$0] }.max() ?? 0)
        }
        #expect(Double(padded) < 1.3 * Double(real))
        var again = Generator(seed: 1)
        #expect(batches.shuffled(&again) == shuffled)
        var other = Generator(seed: 2)
        #expect(batches.shuffled(&other) != shuffled)
    }

    @Test func nothingMakesNoBatches() {
        var generator = Generator(seed: 1)
        #expect(LengthBatches(lengths: [], size: .tokens(10)).shuffled(&generator).isEmpty)
    }
}
