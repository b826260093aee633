import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Recurrent layers")
struct RecurrentTests {
    private static func layer(_ fixture: FixtureCase) throws -> any Module {
        let a = fixture.arguments
        let (input, hidden) = (try a.int("input"), try a.int("hidden"))
        let bias = try a.bool("bias")
        switch fixture.operation {
        case "lstmCell": return LSTMCell(input, hidden, bias: bias)
        case "gruCell": return GRUCell(input, hidden, bias: bias)
        case "rnnCell": return RNNCell(input, hidden, bias: bias)
        case "rnnCellReLU": return RNNCell(input, hidden, relu: true, bias: bias)
        default: break
        }
        let (layers, first) = (try a.int("layers"), try a.bool("batchFirst"))
        let both = try a.bool("bidirectional")
        switch fixture.operation {
        case "lstm":
            return LSTM(
                input, hidden, numLayers: layers, bias: bias, batchFirst: first,
                bidirectional: both)
        case "gru":
            return GRU(
                input, hidden, numLayers: layers, bias: bias, batchFirst: first,
                bidirectional: both)
        case "rnn", "rnnReLU":
            return RNN(
                input, hidden, numLayers: layers, relu: fixture.operation == "rnnReLU", bias: bias,
                batchFirst: first, bidirectional: both)
        default: throw FixtureError(description: "no layer \(fixture.operation)")
        }
    }

    private static func run(
        _ module: any Module, _ inputs: [Tensor], states count: Int, lengths: Tensor?
    ) -> [Tensor] {
        let states = inputs[1..<(1 + count)].map { $0 }
        let pair = count == 2 ? (states[0], states[1]) : nil
        for (parameter, value) in zip(module.parameters(), inputs[(1 + count)...]) {
            parameter.put(value)
        }
        let context = Context.inference
        switch module {
        case let lstm as LSTM:
            let result = lstm(inputs[0], states: pair, lengths: lengths, context)
            return [result.output, result.h, result.c]
        case let gru as GRU:
            let result = gru(inputs[0], state: states.first, lengths: lengths, context)
            return [result.output, result.h]
        case let rnn as RNN:
            let result = rnn(inputs[0], state: states.first, lengths: lengths, context)
            return [result.output, result.h]
        case let cell as LSTMCell:
            let result = cell(inputs[0], pair, context)
            return [result.h, result.c]
        case let cell as GRUCell: return [cell(inputs[0], states.first, context)]
        case let cell as RNNCell: return [cell(inputs[0], states.first, context)]
        default: preconditionFailure("no recurrent layer")
        }
    }

    @Test(arguments: try fixtures("recurrent") + fixtures("recurrentCells"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let module = try RecurrentTests.layer(fixture)
        #expect(
            module.namedParameters().map(\.name) == (try fixture.arguments.strings("parameters")))
        let count = try fixture.arguments.int("states")
        let lengths =
            fixture.arguments.has("lengths") ? Tensor(try fixture.arguments.ints("lengths")) : nil
        nonisolated(unsafe) let tested = module
        try fixture.check([
            fixture.operation: { _ in
                { RecurrentTests.run(tested, $0, states: count, lengths: lengths) }
            }
        ])
    }

    /// An LSTM by hand, from the operations of its definition.
    private static func byHand(_ x: Tensor, _ lstm: LSTM) -> Tensor {
        let p = lstm.parameters().map(\.value)
        let hidden = p[1].shape[1]
        var h = Tensor.zeros([x.shape[1], hidden], dtype: x.dtype)
        var c = h
        var outputs: [Tensor] = []
        for t in 0..<x.shape[0] {
            let gates = x[t].linear(p[0], bias: p[2]) + h.linear(p[1], bias: p[3])
            let parts = gates.chunk(4, dim: 1)
            c = parts[1].sigmoid() * c + parts[0].sigmoid() * parts[2].tanh()
            h = parts[3].sigmoid() * c.tanh()
            outputs.append(h)
        }
        return Tensor.stack(outputs)
    }

    @Test(arguments: [DType.float32, .float64], [(13, 37), (1, 16), (6, 64), (32, 70)])
    func sizesOfAllKindsAgreeWithTheDefinition(_ dtype: DType, _ size: (Int, Int)) {
        let lstm = LSTM(9, size.1)
        lstm.initialize(Generator(seed: 1))
        for parameter in lstm.parameters() { parameter.value = parameter.value.detach().to(dtype) }
        var generator = Generator(seed: 2)
        let x = Tensor.randn([5, size.0, 9], dtype: dtype, generator: &generator)
        let weight = Tensor.randn([5, size.0, size.1], dtype: dtype, generator: &generator)
        var gradients: [[Tensor]] = []
        for y in [lstm(x, .inference).output, RecurrentTests.byHand(x, lstm)] {
            lstm.zeroGrad()
            (y * weight).sum().backward()
            gradients.append([y.detach()] + lstm.parameters().map { $0.grad ?? $0.value })
        }
        for (fused, plain) in zip(gradients[0], gradients[1]) {
            expectClose(fused, plain, rtol: 1e-4, atol: dtype == .float64 ? 1e-10 : 2e-5)
        }
    }

    /// A batch of one, batch first, has the stride of a batch where rows are looked for.
    @Test func aBatchOfOneIsReadBatchFirst() {
        let (first, last) = (LSTM(6, 5, batchFirst: true), LSTM(6, 5))
        for module in [first, last] { module.initialize(Generator(seed: 1)) }
        var generator = Generator(seed: 2)
        let x = Tensor.randn([1, 9, 6], generator: &generator)
        let found = first(x, .inference).output
        let expected = last(x.reshape([9, 1, 6]), .inference).output
        expectClose(found.reshape([9, 5]), expected.reshape([9, 5]), rtol: 0, atol: 0)
    }

    @Test func aRowIsTheSameInAnyBatchAndOnAnyNumberOfThreads() {
        let gru = GRU(20, 50, numLayers: 2, bidirectional: true)
        gru.initialize(Generator(seed: 1))
        var generator = Generator(seed: 2)
        let x = Tensor.randn([7, 33, 20], generator: &generator)
        let results = onThreads([1, 2, 3]) {
            gru.zeroGrad()
            let y = gru(x, .inference).output
            y.square().sum().backward()
            return [y.detach()] + gru.parameters().map { $0.grad ?? $0.value }
        }
        for result in results[1...] {
            for (a, b) in zip(result, results[0]) { expectClose(a, b, rtol: 0, atol: 0) }
        }
        let alone = gru(x.narrow(dim: 1, start: 5, length: 1), .inference).output.detach()
        expectClose(alone, results[0][0].narrow(dim: 1, start: 5, length: 1), rtol: 0, atol: 0)
    }

    @Test func longSumsDoNotDependOnThreads() {
        let lstm = LSTM(48, 64, bidirectional: true)
        lstm.initialize(Generator(seed: 1))
        var generator = Generator(seed: 2)
        let x = Tensor.randn([70, 40, 48], generator: &generator).requiringGrad()
        let results = onThreads([1, 2, 4]) {
            x.grad = nil
            lstm.zeroGrad()
            lstm(x, .inference).output.square().mean().backward()
            return [x.grad ?? x] + lstm.parameters().map { $0.grad ?? $0.value }
        }
        for result in results[1...] {
            for (a, b) in zip(result, results[0]) { expectClose(a, b, rtol: 0, atol: 0) }
        }
    }

    @Test func halfPrecisionIsNearSinglePrecision() {
        let lstm = LSTM(16, 32, bidirectional: true)
        lstm.initialize(Generator(seed: 3))
        var generator = Generator(seed: 4)
        let x = Tensor.randn([6, 4, 16], generator: &generator).requiringGrad()
        var found: [[Tensor]] = []
        for precision in [Precision.float32, .bfloat16] {
            x.grad = nil
            lstm.zeroGrad()
            let y = lstm(x, .inference(precision: precision)).output
            y.square().sum().backward()
            found.append([y.detach(), x.grad ?? x] + lstm.parameters().map { $0.grad ?? $0.value })
        }
        for (half, exact) in zip(found[1], found[0]) {
            #expect(half.dtype == .float32)
            expectClose(half, exact, rtol: 0.03, atol: 0.03)
        }
    }

    @Test func dropoutIsBetweenLayersInTrainingOnly() {
        let rnn = RNN(3, 4, numLayers: 2, dropout: 1)
        let x = Tensor.ones([2, 1, 3])
        let context = Context.training(generator: Generator(seed: 1))
        let dropped = rnn(x, context).output
        expectClose(rnn(x * 2, context).output.detach(), dropped.detach())
        #expect(difference(rnn(x, .inference).output.detach(), dropped.detach()) != nil)
    }

    @Test func anEmptyBatchGivesEmptyResults() {
        let gru = GRU(2, 3, bidirectional: true)
        let x = Tensor.zeros([4, 0, 2]).requiringGrad()
        let (output, h) = gru(x, .inference)
        #expect(output.shape == [4, 0, 6] && h.shape == [2, 0, 3])
        output.sum().backward()
        for parameter in gru.parameters() {
            expectClose(parameter.grad ?? parameter.value, Tensor.zeros(parameter.shape))
        }
    }

    @Test func aLayerIsOneONNXNode() throws {
        let gru = GRU(2, 3, bidirectional: true)
        let inputs = [("x", Tensor.zeros([4, 2, 2])), ("lengths", Tensor([4, 3]))]
        let graph = try Trace.onnx(
            inputs: inputs.map { (name: $0.0, tensor: $0.1) }, batchSize: 2, named: []
        ) { [gru($0[0], lengths: $0[1], .inference).output] }.graph
        let node = try #require(graph.nodes.first { $0.type == "GRU" })
        #expect(graph.nodes.filter { $0.type == "GRU" }.count == 1)
        #expect(node.attributes["direction"] == .string("bidirectional"))
        #expect(node.attributes["linear_before_reset"] == .int(1))
        #expect(node.attributes["hidden_size"] == .int(3))
        #expect(node.inputs.count == 5 && node.inputs[0] == "x")
        let unknown = RNN(2, 3, relu: true)
        #expect(throws: ONNXFormError.self) {
            try Trace.onnx(
                inputs: [(name: "x", tensor: Tensor.zeros([4, 2, 2]))], batchSize: 2, named: []
            ) { [unknown($0[0], .inference).output] }
        }
    }

    @Test func lengthsOfNoStepAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = LSTM(2, 3)(Tensor.ones([4, 2, 2]), lengths: Tensor([4, 0]), .inference)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("recurrent: length 0 of row 1 is outside 1 ... 4"))
    }

    @Test func statesThatDoNotFitAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = GRU(2, 3)(Tensor.ones([4, 2, 2]), state: Tensor.ones([1, 3, 3]), .inference)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("GRU: expected states [1, 2, 3], got [1, 3, 3]"))
    }
}
