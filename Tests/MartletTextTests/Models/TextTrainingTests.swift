import Martlet
import MartletNN
import MartletText
import Testing

/// Steps of training.
@Suite struct TextTrainingTests {
    @Test(arguments: SmallNetworks.names, Precision.allCases)
    func everyParameterGetsAGradient(_ name: String, _ precision: Precision) {
        let network = SmallNetworks.make(name)
        let (ids, lengths) = SmallNetworks.batch(SmallNetworks.texts(6, longest: 20), steps: 23)
        let context = Context.training(generator: Generator(seed: 5), precision: precision)
        let scores = network(ids, lengths: lengths, context)
        #expect(scores.shape == [6, 3])
        crossEntropy(scores.to(.float32), Tensor([0, 1, 2, 0, 1, 2])).backward()
        for (name, parameter) in network.namedParameters() {
            let gradient = parameter.grad?.to(.float32)
            #expect(gradient?.isFinite().all().item(as: Bool.self) == true, "\(name)")
            #expect(gradient?.ne(0).any().item(as: Bool.self) == true, "\(name)")
        }
    }

    @Test func pairsOfWordsAreIdsBeyondTheVocabulary() {
        // FNV-1a of the bytes 1 0 0 0 2 0 0 0, by hand.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte: UInt64 in [1, 0, 0, 0, 2, 0, 0, 0] { hash = (hash ^ byte) &* 1_099_511_628_211 }
        let found = FastText.features(of: [1, 2, 1, 2], vocabulary: 50, buckets: 1000)
        #expect(found.count == 7 && Array(found[..<4]) == [1, 2, 1, 2])
        #expect(found[4] == 50 + Int(hash % 1000) && found[6] == found[4] && found[5] != found[4])
        #expect(found[4...].allSatisfy { (50..<1050).contains($0) })
        #expect(FastText.features(of: [1, 2], vocabulary: 50, buckets: 0) == [1, 2])
        #expect(FastText.features(of: [], vocabulary: 50, buckets: 9).isEmpty)
    }
}
