public import Martlet

/// What the layers of a transformer have in common.
public struct TransformerOptions: Sendable {
    /// Between the two products of a layer.
    public enum Activation: Sendable { case relu, gelu }

    /// The width of the feed-forward part.
    public var feedforwardSize = 2048
    public var dropout = 0.1
    public var activation = Activation.relu
    /// Normalises before each part (Xiong et al. 2020) in place of after it.
    public var normFirst = false
    /// `(N, T, E)` in place of `(T, N, E)`.
    public var batchFirst = false
    public var epsilon = 1e-5

    public init() {}

    /// How a layer's matrices are drawn: a `Transformer` draws all of them by Glorot and Bengio's rule.
    var isXavier = false

    func linear(_ inputs: Int, _ outputs: Int) -> Linear {
        Linear(inputs, outputs, bias: true, weights: weights(inputs))
    }

    func attention(_ size: Int, _ heads: Int) -> MultiheadAttention {
        MultiheadAttention(
            size, heads, dropout: dropout, batchFirst: batchFirst, output: weights(size))
    }

    private func weights(_ inputs: Int) -> Initializer {
        isXavier ? .xavierUniform() : .fanIn(inputs)
    }

    func activate(_ x: Tensor) -> Tensor { activation == .relu ? x.relu() : x.gelu() }
}

/// Self-attention and a feed-forward part, each with a residual connection (Vaswani et al. 2017).
public final class TransformerEncoderLayer: Layer {
    public let selfAttn: MultiheadAttention
    public let linear1: Linear
    public let linear2: Linear
    public let norm1: LayerNorm
    public let norm2: LayerNorm
    private let options: TransformerOptions
    private let dropout: Dropout

    public init(_ size: Int, _ heads: Int, _ options: TransformerOptions = TransformerOptions()) {
        self.options = options
        dropout = Dropout(options.dropout)
        selfAttn = options.attention(size, heads)
        linear1 = options.linear(size, options.feedforwardSize)
        linear2 = options.linear(options.feedforwardSize, size)
        norm1 = LayerNorm(size, epsilon: options.epsilon)
        norm2 = LayerNorm(size, epsilon: options.epsilon)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        self(x, mask: nil, keyPaddingMask: nil, context)
    }

    /// As ``MultiheadAttention`` takes masks; `x` is `(T, N, size)`, or batch first.
    public func callAsFunction(
        _ x: Tensor, mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool = false,
        _ context: Context
    ) -> Tensor {
        let y = residual(x, norm1, options, dropout, context) {
            selfAttn(
                $0, keyPaddingMask: keyPaddingMask, attentionMask: mask, isCausal: isCausal,
                context)
        }
        return residual(y, norm2, options, dropout, context) {
            linear2(dropout(options.activate(linear1($0, context)), context), context)
        }
    }
}

/// Self-attention, attention to an encoder's output and a feed-forward part (Vaswani et al. 2017).
public final class TransformerDecoderLayer: Module {
    public let selfAttn: MultiheadAttention
    public let multiheadAttn: MultiheadAttention
    public let linear1: Linear
    public let linear2: Linear
    public let norm1: LayerNorm
    public let norm2: LayerNorm
    public let norm3: LayerNorm
    private let options: TransformerOptions
    private let dropout: Dropout

    public init(_ size: Int, _ heads: Int, _ options: TransformerOptions = TransformerOptions()) {
        self.options = options
        dropout = Dropout(options.dropout)
        selfAttn = options.attention(size, heads)
        multiheadAttn = options.attention(size, heads)
        linear1 = options.linear(size, options.feedforwardSize)
        linear2 = options.linear(options.feedforwardSize, size)
        norm1 = LayerNorm(size, epsilon: options.epsilon)
        norm2 = LayerNorm(size, epsilon: options.epsilon)
        norm3 = LayerNorm(size, epsilon: options.epsilon)
    }

    /// - Parameters:
    ///   - x: `(T, N, size)`, or batch first.
    ///   - memory: the encoder's output `(S, N, size)`, or batch first.
    ///   - masks: of the sequence itself and of the memory, as ``MultiheadAttention`` takes them.
    public func callAsFunction(
        _ x: Tensor, memory: Tensor, masks: TransformerMasks = TransformerMasks(),
        _ context: Context
    ) -> Tensor {
        let attended = residual(x, norm1, options, dropout, context) {
            selfAttn(
                $0, keyPaddingMask: masks.targetPadding, attentionMask: masks.target,
                isCausal: masks.isCausal, context)
        }
        let informed = residual(attended, norm2, options, dropout, context) {
            multiheadAttn(
                $0, key: memory, keyPaddingMask: masks.memoryPadding, attentionMask: masks.memory,
                context)
        }
        return residual(informed, norm3, options, dropout, context) {
            linear2(dropout(options.activate(linear1($0, context)), context), context)
        }
    }
}

/// What a decoder must not see: of `bool`, true; of numbers, what is added to the scores.
public struct TransformerMasks: Sendable {
    /// `(T, T)` of the decoder's own sequence.
    public var target: Tensor?
    /// `(N, T)`.
    public var targetPadding: Tensor?
    /// `(T, S)` of the encoder's output.
    public var memory: Tensor?
    /// `(N, S)`.
    public var memoryPadding: Tensor?
    /// Position i sees positions 0 ... i of the decoder's own sequence.
    public var isCausal: Bool

    public init(
        target: Tensor? = nil, targetPadding: Tensor? = nil, memory: Tensor? = nil,
        memoryPadding: Tensor? = nil, isCausal: Bool = false
    ) {
        self.target = target
        self.targetPadding = targetPadding
        self.memory = memory
        self.memoryPadding = memoryPadding
        self.isCausal = isCausal
    }
}

/// x + part(x), normalised after it or, with `normFirst`, before the part.
private func residual(
    _ x: Tensor, _ norm: LayerNorm, _ options: TransformerOptions, _ dropout: Dropout,
    _ context: Context, _ part: (Tensor) -> Tensor
) -> Tensor {
    if options.normFirst { return x + dropout(part(norm(x, context)), context) }
    return norm(x + dropout(part(x), context), context)
}

/// Encoder layers one after another.
public final class TransformerEncoder: Layer {
    public let layers: [TransformerEncoderLayer]
    /// After the last layer; nil for none.
    public let norm: LayerNorm?

    public init(_ layers: [TransformerEncoderLayer], norm: LayerNorm? = nil) {
        self.layers = layers
        self.norm = norm
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        self(x, mask: nil, keyPaddingMask: nil, context)
    }

    /// The same masks for every layer.
    public func callAsFunction(
        _ x: Tensor, mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool = false,
        _ context: Context
    ) -> Tensor {
        let y = layers.reduce(x) {
            $1($0, mask: mask, keyPaddingMask: keyPaddingMask, isCausal: isCausal, context)
        }
        return norm.map { $0(y, context) } ?? y
    }
}

/// Decoder layers one after another.
public final class TransformerDecoder: Module {
    public let layers: [TransformerDecoderLayer]
    /// After the last layer; nil for none.
    public let norm: LayerNorm?

    public init(_ layers: [TransformerDecoderLayer], norm: LayerNorm? = nil) {
        self.layers = layers
        self.norm = norm
    }

    /// The same memory and masks for every layer.
    public func callAsFunction(
        _ x: Tensor, memory: Tensor, masks: TransformerMasks = TransformerMasks(),
        _ context: Context
    ) -> Tensor {
        let y = layers.reduce(x) { $1($0, memory: memory, masks: masks, context) }
        return norm.map { $0(y, context) } ?? y
    }
}

/// An encoder and a decoder that attends to its output (Vaswani et al. 2017).
public final class Transformer: Module {
    public let encoder: TransformerEncoder
    public let decoder: TransformerDecoder

    public init(
        size: Int = 512, heads: Int = 8, encoderLayers: Int = 6, decoderLayers: Int = 6,
        _ options: TransformerOptions = TransformerOptions()
    ) {
        var options = options
        options.isXavier = true
        let own = options
        encoder = TransformerEncoder(
            (0..<encoderLayers).map { _ in TransformerEncoderLayer(size, heads, own) },
            norm: LayerNorm(size, epsilon: options.epsilon))
        decoder = TransformerDecoder(
            (0..<decoderLayers).map { _ in TransformerDecoderLayer(size, heads, own) },
            norm: LayerNorm(size, epsilon: options.epsilon))
    }

    /// - Parameters:
    ///   - source: `(S, N, size)`, or batch first.
    ///   - target: `(T, N, size)`, or batch first.
    ///   - sourceMask: `(S, S)`, as ``MultiheadAttention`` takes it.
    ///   - sourcePadding: `(N, S)`, likewise.
    ///   - masks: of the decoder.
    /// - Returns: a tensor of the target's shape.
    public func callAsFunction(
        _ source: Tensor, _ target: Tensor, sourceMask: Tensor? = nil,
        sourcePadding: Tensor? = nil, masks: TransformerMasks = TransformerMasks(),
        _ context: Context
    ) -> Tensor {
        let memory = encoder(source, mask: sourceMask, keyPaddingMask: sourcePadding, context)
        return decoder(target, memory: memory, masks: masks, context)
    }
}

/// Adds sines and cosines of positions to `(N, T, size)`, or `(T, N, size)`, so that order is seen; then dropout
/// (Vaswani et al. 2017).
public final class PositionalEncoding: Layer {
    private let size: Int
    private let batchFirst: Bool
    private let dropout: Dropout

    public init(_ size: Int, dropout: Double = 0.1, batchFirst: Bool = false) {
        precondition(size > 0, "PositionalEncoding: expected a positive size, got \(size)")
        self.size = size
        self.batchFirst = batchFirst
        self.dropout = Dropout(dropout)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim == 3 && x.shape[2] == size,
            "PositionalEncoding: expected 3 dimensions, the last \(size), got \(x.shape)")
        let waves = PositionalEncoding.table(x.shape[batchFirst ? 1 : 0], size).to(x.dtype)
        return dropout(x + (batchFirst ? waves : waves.unsqueeze(1)), context)
    }

    /// `(positions, size)`: sin(t / 10000^(2i / size)) in columns 2i, the cosine in columns 2i + 1.
    public static func table(_ positions: Int, _ size: Int) -> Tensor {
        let rates =
            (Tensor.arange(0, (size + 1) / 2 * 2, step: 2, dtype: .float64)
            * (-Tensor(10000.0).log().item(as: Double.self) / Double(size))).exp()
        let angles = Tensor.arange(positions, dtype: .float64).unsqueeze(1) * rates
        let pairs = Tensor.stack([angles.sin(), angles.cos()], dim: 2).flatten(from: 1)
        return pairs.narrow(dim: 1, start: 0, length: size).to(.float32).contiguous()
    }
}
