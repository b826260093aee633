import Martlet
import MartletNN
import MartletText
import Testing

/// What each token speaks for a class.
@Suite struct AttributionTests {
    private func margin(_ scores: Tensor, _ own: Int) -> Float {
        let values = scores.array(as: Float.self)
        return values[own] - (values.reduce(0, +) - values[own]) / Float(values.count - 1)
    }

    /// Axiom 1 of the paper: all parts together are what the score is above that of a text that says nothing.
    @Test(arguments: SmallNetworks.names)
    func partsAddUp(_ name: String) {
        let network = SmallNetworks.make(name)
        let ids = [7, 12, 3, 44, 7, 9, 20, 31, 5]
        let text = Tensor(ids, shape: [1, ids.count])
        let vectors = noGrad { network.embedding(text, .inference) }
        for own in 0..<3 {
            let parts = IntegratedGradients(steps: 512).attributions(
                ids.map(Int32.init), for: own, network, .inference)
            #expect(parts.count == ids.count)
            let ends = [vectors, Tensor.zeros(vectors.shape)].map { embedded in
                noGrad {
                    margin(
                        network.scores(
                            embedded: embedded, ids: text, lengths: nil,
                            Context.inference.batchInvariant), own)
                }
            }
            let difference = abs(parts.reduce(0, +) - (ends[0] - ends[1]))
            #expect(difference < 2e-3 * max(1, abs(ends[0] - ends[1])), "class \(own)")
        }
    }

    /// Of a linear network each part is known: its vector's share of the mean.
    @Test func partsOfALinearNetwork() throws {
        let network = try #require(SmallNetworks.make("fasttext") as? FastText)
        let ids = [3, 8, 8, 41]
        let weight = network.fc.weight.value
        let direction = weight[1] - (weight[0] + weight[2]) / 2
        let vectors = network.embedding(Tensor(ids, shape: [1, 4]), .inference)[0]
        let expected = (vectors * direction).sum(dims: [1]) / 4
        let found = IntegratedGradients(steps: 1).attributions(
            ids.map(Int32.init), for: 1, network, .inference)
        for (a, b) in zip(found, expected.array(as: Float.self)) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func pairsCountForTheirWords() {
        #expect(FastText.sharedAmongWords([1, 2, 3, 10, 20], words: 3) == [6, 17, 13])
        #expect(FastText.sharedAmongWords([1, 2, 3], words: 3) == [1, 2, 3])
        #expect(FastText.sharedAmongWords([5], words: 1) == [5])
        #expect(FastText.sharedAmongWords([], words: 0).isEmpty)
    }
}
