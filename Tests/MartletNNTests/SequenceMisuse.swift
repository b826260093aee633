import Martlet
import MartletNN
import MartletTesting

// Mistakes with layers over sequences and with initialisers, and what is said of them: see NNMisuseTests.

private func ones(_ shape: Int...) -> Tensor { Tensor.ones(shape) }

extension Misuse {
    static let recurrent = [
        Misuse("LSTM: expected positive sizes, got input 0, hidden 4, layers 1") { _ = LSTM(0, 4) },
        Misuse("GRU: expected positive sizes, got input 3, hidden 4, layers 0") {
            _ = GRU(3, 4, numLayers: 0)
        },
        Misuse("RNN: dropout: expected a probability, got 2.0") { _ = RNN(3, 4, dropout: 2) },
        Misuse("LSTM: expected an input (T, N, 3), got [5, 2, 4]") {
            _ = LSTM(3, 4)(ones(5, 2, 4), .inference)
        },
        Misuse("LSTM: expected an input (N, T, 3), got [5, 3]") {
            _ = LSTM(3, 4, batchFirst: true)(ones(5, 3), .inference)
        },
        Misuse("recurrent: expected a floating-point input (T, N, input) of at least 1 step, got") {
            _ = LSTM(3, 4)(ones(0, 2, 3), .inference)
        },
        Misuse("LSTM: expected states [2, 2, 4], got [1, 2, 4]") {
            let state = ones(1, 2, 4)
            _ = LSTM(3, 4, bidirectional: true)(ones(5, 2, 3), states: (state, state), .inference)
        },
        Misuse("LSTM: expected states [1, 2, 4], got [1, 2, 3]") {
            _ = LSTM(3, 4)(ones(5, 2, 3), states: (ones(1, 2, 4), ones(1, 2, 3)), .inference)
        },
        Misuse("GRU: expected states [1, 2, 4], got [2, 4]") {
            _ = GRU(3, 4)(ones(5, 2, 3), state: ones(2, 4), .inference)
        },
        Misuse("recurrent: expected integer lengths [2], got int64 [3]") {
            _ = GRU(3, 4)(ones(5, 2, 3), lengths: Tensor([1, 2, 3]), .inference)
        },
        Misuse("recurrent: expected integer lengths [2], got float32 [2]") {
            _ = GRU(3, 4)(ones(5, 2, 3), lengths: ones(2), .inference)
        },
        Misuse("recurrent: length 6 of row 1 is outside 1 ... 5") {
            _ = RNN(3, 4)(ones(5, 2, 3), lengths: Tensor([5, 6]), .inference)
        },
        Misuse("recurrent: length 0 of row 0 is outside 1 ... 5") {
            _ = RNN(3, 4)(ones(5, 2, 3), lengths: Tensor([0, 5]), .inference)
        },
        Misuse("LSTMCell: sizes must be positive, got 3 and 0") { _ = LSTMCell(3, 0) },
        Misuse("LSTMCell: expected an input (N, 3), got [2, 4]") {
            _ = LSTMCell(3, 4)(ones(2, 4), nil, .inference)
        },
        Misuse("GRUCell: expected states [2, 4], got [3, 4]") {
            _ = GRUCell(3, 4)(ones(2, 3), ones(3, 4), .inference)
        },
        Misuse("RNNCell: expected an input (N, 3), got [3]") {
            _ = RNNCell(3, 4)(ones(3), nil, .inference)
        },
    ]

    static let attention = [
        Misuse("MultiheadAttention: 6 does not divide into 4 heads") {
            _ = MultiheadAttention(6, 4)
        },
        Misuse("MultiheadAttention: expected a dropout in 0 ..< 1, got 1.0") {
            _ = MultiheadAttention(6, 2, dropout: 1)
        },
        Misuse("MultiheadAttention: expected queries of 3 dimensions, the last 6, got [3, 2, 5]") {
            _ = MultiheadAttention(6, 2)(ones(3, 2, 5), .inference)
        },
        Misuse("MultiheadAttention: expected keys of 3 dimensions, the last 6, got [4, 2, 5]") {
            _ = MultiheadAttention(6, 2)(ones(3, 2, 6), key: ones(4, 2, 5), .inference)
        },
        Misuse("MultiheadAttention: expected values of 3 dimensions, the last 4, got [4, 2, 6]") {
            _ = MultiheadAttention(6, 2, vdim: 4)(
                ones(3, 2, 6), key: ones(4, 2, 6), value: ones(4, 2, 6), .inference)
        },
        Misuse(
            "scaledDotProductAttention: expected queries (..., L, E), keys (..., S, E) and values"
        ) {
            _ = MultiheadAttention(6, 2)(ones(3, 2, 6), key: ones(4, 3, 6), .inference)
        },
        Misuse("MultiheadAttention: expected a keyPaddingMask [2, 3], got [3, 2]") {
            _ = MultiheadAttention(6, 2)(
                ones(3, 2, 6), keyPaddingMask: ones(3, 2), .inference)
        },
        Misuse("MultiheadAttention: expected an attentionMask [3, 3] or [4, 3, 3], got [3, 2]") {
            _ = MultiheadAttention(6, 2)(ones(3, 2, 6), attentionMask: ones(3, 2), .inference)
        },
        Misuse("MultiheadAttention: 6 does not divide into 5 heads") {
            _ = TransformerEncoderLayer(6, 5)
        },
        Misuse("MultiheadAttention: expected queries of 3 dimensions, the last 6, got [3, 6]") {
            _ = TransformerEncoderLayer(6, 2)(ones(3, 6), .inference)
        },
        Misuse("MultiheadAttention: expected keys of 3 dimensions, the last 6, got [3, 1, 5]") {
            _ = TransformerDecoderLayer(6, 2)(ones(3, 1, 6), memory: ones(3, 1, 5), .inference)
        },
        Misuse("PositionalEncoding: expected 3 dimensions, the last 6, got [3, 1, 5]") {
            _ = PositionalEncoding(6)(ones(3, 1, 5), .inference)
        },
        Misuse("LuongAttention: dot needs queries and keys of one size, got 3 and 4") {
            _ = LuongAttention(.dot, querySize: 3, keySize: 4)
        },
        Misuse(
            "LuongAttention: expected a query (N, 3) and keys (N, S, 4), got [2, 3] and [3, 5, 4]"
        ) {
            _ = LuongAttention(.general, querySize: 3, keySize: 4)(
                ones(2, 3), ones(3, 5, 4), .inference)
        },
        Misuse(
            "BahdanauAttention: expected a query (N, 3) and keys (N, S, 4), got [2, 4] and [2, 5, 4]"
        ) {
            _ = BahdanauAttention(querySize: 3, keySize: 4, hiddenSize: 2)(
                ones(2, 4), ones(2, 5, 4), .inference)
        },
        Misuse("attention: expected a mask of bool [2, 5], got float32 [2, 5]") {
            _ = LuongAttention(.dot, querySize: 4, keySize: 4)(
                ones(2, 4), ones(2, 5, 4), mask: ones(2, 5), .inference)
        },
    ]

    static let initialisers = [
        Misuse("calculateFanInAndFanOut: expected weights (out, in, ...), got [3]") {
            _ = Initializer.xavierUniform().tensor([3], Generator(seed: 0))
        },
        Misuse("eye: expected weights (out, in), got [2, 2, 2]") {
            _ = Initializer.eye.tensor([2, 2, 2], Generator(seed: 0))
        },
        Misuse("dirac: expected weights (out, in, k1, ...) with out in 2 groups, got [3, 1, 1]") {
            _ = Initializer.dirac(groups: 2).tensor([3, 1, 1], Generator(seed: 0))
        },
        Misuse("sparse: expected a share in 0 ... 1, got 1.5") { _ = Initializer.sparse(1.5) },
        Misuse("sparse: expected weights (out, in), got [3]") {
            _ = Initializer.sparse(0.5).tensor([3], Generator(seed: 0))
        },
        Misuse("orthogonal: expected weights (out, in, ...), got [3]") {
            _ = Initializer.orthogonal().tensor([3], Generator(seed: 0))
        },
        Misuse("truncNormal: expected std > 0 and low < high, got 0.0, -2.0 and 2.0") {
            _ = Initializer.truncNormal(std: 0)
        },
    ]
}
