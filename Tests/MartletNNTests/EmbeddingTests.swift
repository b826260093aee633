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
            let indices = try indices(arguments)
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

    /// Rows above a norm are scaled down in the forward pass; the table afterwards is an output too.
    private static let limited: FixtureOperations = [
        "embedding": { arguments in
            let indices = try indices(arguments)
            let (maxNorm, normType) = (
                try arguments.double("maxNorm"), try arguments.double("normType")
            )
            let padding = arguments.has("padding") ? try arguments.int("padding") : nil
            return {
                let layer = Embedding(
                    $0[0].shape[0], $0[0].shape[1], paddingIdx: padding, maxNorm: maxNorm,
                    normType: normType)
                layer.weight.put($0[0])
                return [layer(indices, .inference), layer.weight.value.detach()]
            }
        },
        "embeddingBag": { arguments in
            let indices = try indices(arguments)
            let (maxNorm, normType) = (
                try arguments.double("maxNorm"), try arguments.double("normType")
            )
            let mode = try #require(BagMode(rawValue: try arguments.string("mode")))
            return {
                let layer = EmbeddingBag(
                    $0[0].shape[0], $0[0].shape[1], mode: mode, maxNorm: maxNorm,
                    normType: normType)
                layer.weight.put($0[0])
                return [layer(indices, .inference), layer.weight.value.detach()]
            }
        },
    ]

    private static func indices(_ arguments: FixtureArguments) throws -> Tensor {
        Tensor(try arguments.ints("indices")).reshape(try arguments.ints("shape"))
    }

    @Test(arguments: try fixtures("tables"))
    func limitsNormsAsPyTorch(_ fixture: FixtureCase) throws {
        // Gradients are those at the changed values, which differences do not know.
        try fixture.check(EmbeddingTests.limited, gradcheck: false)
    }

    @Test func normsAreLimitedInPlace() {
        let layer = Embedding(4, 2, maxNorm: 1)
        layer.weight.value = Tensor([[3.0, 4.0], [3.0, 4.0], [0.1, 0.1], [6.0, 8.0]])
        let y = layer(Tensor([1, 2, 1]), .inference)
        y.sum().backward()
        let table = layer.weight.value.detach()
        expectClose(table[1], Tensor([0.6, 0.8]))
        expectClose(table[0], Tensor([3.0, 4.0]))
        #expect(layer.weight.value.isLeaf && layer.weight.grad?.shape == [4, 2])
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
