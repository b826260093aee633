import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Embeddings")
struct EmbeddingTests {
    private static let operations: FixtureOperations = [
        "embedding": { arguments in
            let padding = arguments.has("padding") ? try arguments.int("padding") : nil
            return { [$0[1].embedding($0[0], paddingIdx: padding)] }
        },
        "embeddingBag": { arguments in
            let indices = Tensor(try arguments.ints("indices"))
                .reshape(try arguments.ints("shape"))
            let offsets = arguments.has("offsets") ? Tensor(try arguments.ints("offsets")) : nil
            let name = try arguments.string("mode")
            let mode = try #require(BagMode(rawValue: name))
            let padding = arguments.has("padding") ? try arguments.int("padding") : nil
            return {
                [
                    indices.embeddingBag(
                        $0[0], offsets: offsets, mode: mode,
                        perSampleWeights: $0.count > 1 ? $0[1] : nil, paddingIdx: padding)
                ]
            }
        },
    ]

    @Test(arguments: try fixtures("embeddings"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // The gradient of a padding row is left out, which differences do not know.
        let padded = fixture.operation == "embedding" && fixture.arguments.has("padding")
        try fixture.check(EmbeddingTests.operations, gradcheck: !padded)
    }

    @Test func paddingStartsAsZero() {
        let layer = Embedding(4, 3, paddingIdx: 2)
        layer.initialize(Generator(seed: 1))
        #expect(layer.namedParameters().map(\.name) == ["weight"])
        let rows = layer(Tensor([2, 1]), .inference).detach()
        expectClose(rows[0], Tensor.zeros([3]))
        #expect(difference(rows[1], Tensor.zeros([3])) != nil)
    }

    @Test func bagsAreLayersToo() {
        let bag = EmbeddingBag(5, 2, mode: .sum, paddingIdx: 0)
        let table = bag.weight.value.detach()
        let y = bag(Tensor([[1, 0], [3, 3]]), .inference).detach()
        expectClose(y, Tensor.stack([table[1], table[3] * 2]))
        let factors = Tensor([2, 1, 3] as [Float])
        let parts = bag(
            Tensor([4, 1, 0]), offsets: Tensor([0, 1]), perSampleWeights: factors, .inference)
        expectClose(parts.detach(), Tensor.stack([table[4] * 2, table[1]]))
    }

    @Test func indicesOutsideTheTableAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor([0, 7]).embedding(Tensor.ones([5, 2]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("embedding: index 7 is outside the 5 rows of the table"))
    }
}
