import Foundation
import Martlet
import MartletNN
import MartletTesting
import MartletText
import Testing

/// A text's scores are the same bits alone, with padding, and beside other texts.
@Suite struct BatchInvarianceTests {
    private static func scores(
        _ network: any TextClassifier, _ texts: [[Int]], more: Int = 0
    ) -> [[UInt32]] {
        let steps = (texts.map(\.count).max() ?? 0) + more
        let (ids, lengths) = SmallNetworks.batch(texts, steps: steps)
        let result = noGrad { network(ids, lengths: lengths, .inference) }
        return (0..<texts.count).map { result[$0].array(as: Float.self).map(\.bitPattern) }
    }

    /// What a text's scores depend on but should not, in words.
    private static func failures(_ name: String, size: Int) -> [String] {
        let texts = SmallNetworks.texts(40, longest: 60)
        let network = SmallNetworks.make(name, size: size)
        let alone = texts.map { scores(network, [$0])[0] }
        var found: [String] = []
        if !alone.joined().allSatisfy({ Float(bitPattern: $0).isFinite }) {
            found.append("\(name) \(size): scores that are not finite")
        }
        for more in [1, 7, 64] where texts.map({ scores(network, [$0], more: more)[0] }) != alone {
            found.append("\(name) \(size): padding by \(more)")
        }
        for count in [2, 3, 8, 40] {
            for order in 0..<3 {
                let places = (0..<40).map { ($0 * [3, 7, 11][order] + 5 * order) % 40 }
                for start in stride(from: 0, to: 40, by: count) {
                    let chosen = places[start..<min(start + count, 40)]
                    if scores(network, chosen.map { texts[$0] }, more: order * 3)
                        != chosen.map({ alone[$0] })
                    {
                        found.append("\(name) \(size): a batch of \(chosen.count) from \(start)")
                    }
                }
            }
        }
        return found
    }

    /// At sizes that are, and are not, those of vectors.
    @Test(arguments: SmallNetworks.names)
    func aTextAloneIsATextInABatch(_ name: String) {
        for size in [24, 33] {
            let found = Self.failures(name, size: size)
            #expect(found.isEmpty, "\(found)")
        }
    }

    /// Where oneDNN has AVX2 only, it sums in another order for few rows than for many.
    @Test func aTextAloneIsATextInABatchWithOtherInstructions() async {
        await #expect(processExitsWith: .success) {
            setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1)
            for name in SmallNetworks.names {
                let found = BatchInvarianceTests.failures(name, size: 24)
                #expect(found.isEmpty, "\(found)")
            }
        }
    }

    @Test(arguments: SmallNetworks.names)
    func threadsChangeNothing(_ name: String) {
        let network = SmallNetworks.make(name)
        let texts = SmallNetworks.texts(40, longest: 60)
        let results = onThreads([1, 2, 3]) { Self.scores(network, texts) }
        #expect(results[1] == results[0] && results[2] == results[0])
    }

    /// What stands beyond a length counts nothing.
    @Test(arguments: SmallNetworks.names)
    func paddingMayBeAnyId(_ name: String) {
        let network = SmallNetworks.make(name)
        let text = SmallNetworks.texts(1, longest: 20)[0]
        let results = [0, 5, SmallNetworks.sentenceEnd].map { padding in
            let (ids, lengths) = SmallNetworks.batch([text], steps: 33, padding: padding)
            return noGrad { network(ids, lengths: lengths, .inference) }.array(as: Float.self)
        }
        #expect(results[1] == results[0] && results[2] == results[0])
    }

    /// Without lengths all steps count.
    @Test(arguments: SmallNetworks.names)
    func noLengthsAreFullLengths(_ name: String) {
        let network = SmallNetworks.make(name)
        let texts = (1...4).map { seed in (0..<9).map { ($0 * seed + seed) % 40 + 1 } }
        let (ids, lengths) = SmallNetworks.batch(texts, steps: 9)
        let with = noGrad { network(ids, lengths: lengths, .inference) }
        let without = noGrad { network(ids, .inference) }
        #expect(with.array(as: Float.self) == without.array(as: Float.self))
    }
}
