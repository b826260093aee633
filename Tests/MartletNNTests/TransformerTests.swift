import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Attention layers and transformers")
struct TransformerTests {
    private static func mask(_ arguments: FixtureArguments, _ name: String) throws -> Tensor? {
        guard arguments.has(name) else { return nil }
        let values = Tensor(try arguments.doubles(name))
            .reshape(try arguments.ints("\(name)Shape"))
        return try arguments.bool("\(name)Bool") ? values.to(.bool) : values.to(.float32)
    }

    private static func module(_ fixture: FixtureCase) throws -> any Module {
        let a = fixture.arguments
        var options = TransformerOptions()
        options.feedforwardSize = 5
        options.dropout = 0
        if a.has("normFirst") {
            options.normFirst = try a.bool("normFirst")
            options.activation = try a.bool("gelu") ? .gelu : .relu
            options.batchFirst = try a.bool("batchFirst")
        }
        switch fixture.operation {
        case "multihead":
            let sizes = a.has("sizes") ? try a.pair("sizes") : nil
            return MultiheadAttention(
                try a.int("size"), 2, bias: try a.bool("bias"), kdim: sizes?.0, vdim: sizes?.1,
                batchFirst: try a.bool("batchFirst"))
        case "encoderLayer": return TransformerEncoderLayer(4, 2, options)
        case "decoderLayer": return TransformerDecoderLayer(4, 2, options)
        case "transformer":
            return Transformer(size: 4, heads: 2, encoderLayers: 1, decoderLayers: 2, options)
        case "bahdanau": return BahdanauAttention(querySize: 3, keySize: 2, hiddenSize: 4)
        case "luongDot": return LuongAttention(.dot, querySize: 2, keySize: 2)
        case "luongGeneral": return LuongAttention(.general, querySize: 3, keySize: 2)
        case "luongConcat":
            return LuongAttention(.concat(hiddenSize: 4), querySize: 3, keySize: 2)
        default: throw FixtureError(description: "no layer \(fixture.operation)")
        }
    }

    private static func run(
        _ module: any Module, _ inputs: [Tensor], _ count: Int, _ masks: [Tensor?]
    ) -> [Tensor] {
        for (parameter, value) in zip(module.parameters(), inputs[count...]) {
            parameter.put(value)
        }
        let x = inputs[..<count]
        let context = Context.training(generator: Generator(seed: 0))
        switch module {
        case let layer as MultiheadAttention:
            let (key, value) = (count > 1 ? x[1] : nil, count > 2 ? x[2] : nil)
            let result = layer.withWeights(
                x[0], key: key, value: value, keyPaddingMask: masks[0], attentionMask: masks[1],
                context)
            let output = layer(
                x[0], key: key, value: value, keyPaddingMask: masks[0], attentionMask: masks[1],
                context)
            // The two round half types at different places.
            let (rtol, atol) = output.dtype.isHalf ? (3e-2, 3e-2) : (1e-5, 2e-6)
            expectClose(result.output.detach(), output.detach(), rtol: rtol, atol: atol)
            return [output, result.weights]
        case let layer as TransformerEncoderLayer: return [layer(x[0], context)]
        case let layer as TransformerDecoderLayer:
            return [layer(x[0], memory: x[1], masks: TransformerMasks(isCausal: true), context)]
        case let model as Transformer:
            return [
                model(
                    x[0], x[1], sourcePadding: masks[0],
                    masks: TransformerMasks(memoryPadding: masks[0], isCausal: true), context)
            ]
        case let layer as BahdanauAttention:
            let projected = layer.projected(x[1], context)
            let result = layer(x[0], x[1], projected: projected, mask: masks[2], context)
            return [result.context, result.weights]
        case let layer as LuongAttention:
            let result = layer(x[0], x[1], mask: masks[2], context)
            return [result.context, result.weights]
        default: preconditionFailure("no attention layer")
        }
    }

    @Test(arguments: try fixtures("attention"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let module = try TransformerTests.module(fixture)
        #expect(
            module.namedParameters().map(\.name) == (try fixture.arguments.strings("parameters")))
        let count = try fixture.arguments.int("inputs")
        let masks = try ["padding", "pairs", "mask"].map {
            try TransformerTests.mask(fixture.arguments, $0)
        }
        nonisolated(unsafe) let tested = module
        try fixture.check(
            [
                fixture.operation: { _ in
                    { TransformerTests.run(tested, $0, count, masks) }
                }
            ], rtol: 5e-5, atol: 2e-5)
    }

    @Test func positionsAreWaves() {
        let table = PositionalEncoding.table(3, 5).array(as: Float.self)
        #expect(table[0..<5].elementsEqual([0, 1, 0, 1, 0]))
        #expect(abs(table[5] - 0.841471) < 1e-6 && abs(table[6] - 0.540302) < 1e-6)
        // 10000^(2 / 5) = 39.81
        #expect(abs(table[12] - 0.050216) < 1e-5 && abs(table[13] - 0.998738) < 1e-5)
        let layer = PositionalEncoding(5, batchFirst: true)
        let y = layer(Tensor.zeros([2, 3, 5]), .inference)
        expectClose(y[1], PositionalEncoding.table(3, 5))
        expectClose(
            PositionalEncoding(5)(Tensor.zeros([3, 2, 5]), .inference)[.all, 0],
            PositionalEncoding.table(3, 5))
    }

    @Test func layersNormalise() {
        var generator = Generator(seed: 1)
        let x = Tensor.randn([4, 6], generator: &generator)
        let norm = LayerNorm(6)
        #expect(norm.namedParameters().map(\.name) == ["weight", "bias"])
        #expect(LayerNorm([2, 3], elementwiseAffine: false).parameters().isEmpty)
        expectClose(norm(x, .inference).detach(), x.layerNorm([6]))
        expectClose(
            RMSNorm([6])(x, .inference).detach(),
            x / (x.square().mean(dims: [1], keepDim: true)).sqrt(), rtol: 1e-5, atol: 1e-6)
    }

    @Test func initialValuesFollowPyTorchsBounds() {
        var options = TransformerOptions()
        options.feedforwardSize = 96
        let model = Transformer(size: 32, heads: 2, encoderLayers: 1, decoderLayers: 1, options)
        model.initialize(Generator(seed: 1))
        func greatest(_ parameter: Parameter) -> Float { parameter.value.abs().max().item() }
        // √(6 / (32 + 96)) = 0.2165, √(6 / 64) = 0.3062; a layer by itself: 1 / √32 = 0.1768.
        let layer = model.encoder.layers[0]
        #expect((0.21...0.2166).contains(greatest(layer.linear1.weight)))
        #expect((0.29...0.3063).contains(greatest(layer.selfAttn.outProj.weight)))
        let alone = TransformerEncoderLayer(32, 2, options)
        #expect((0.17...0.1769).contains(greatest(alone.linear1.weight)))
        #expect(greatest(layer.selfAttn.inProjBias ?? layer.linear1.weight) == 0)
    }

    @Test func halfPrecisionIsNearSinglePrecision() {
        var options = TransformerOptions()
        options.feedforwardSize = 32
        let layer = TransformerEncoderLayer(16, 4, options)
        layer.initialize(Generator(seed: 2))
        var generator = Generator(seed: 3)
        let x = Tensor.randn([7, 2, 16], generator: &generator)
        let exact = layer(x, .inference).detach()
        let half = layer(x, .inference(precision: .bfloat16)).detach().to(.float32)
        expectClose(half, exact, rtol: 0.05, atol: 0.05)
    }

    @Test func masksThatDoNotFitAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = MultiheadAttention(4, 2)(
                Tensor.ones([3, 2, 4]), keyPaddingMask: Tensor.zeros([3, 2], dtype: .bool),
                .inference)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            message.contains("MultiheadAttention: expected a keyPaddingMask [2, 3], got [3, 2]"))
    }
}
