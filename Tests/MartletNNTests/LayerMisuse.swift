import Martlet
import MartletNN
import MartletTesting

// Mistakes with layers, and what is said of them. Each runs in a process of its own: see NNMisuseTests.

private func ones(_ shape: Int...) -> Tensor { Tensor.ones(shape) }
private var training: Context { .training(generator: Generator(seed: 1)) }

extension Misuse {
    static let products = [
        Misuse("Linear: sizes must be positive, got 0 and 3") { _ = Linear(0, 3) },
        Misuse("linear: expected inputs (..., 4) for weights [3, 4], got [2, 5]") {
            _ = Linear(4, 3)(ones(2, 5), .inference)
        },
        Misuse("Parameter: expected values of shape [3, 4], got [4, 3]") {
            Linear(4, 3).weight.value = ones(4, 3)
        },
        Misuse("Bilinear: sizes must be positive, got 2, -1 and 3") { _ = Bilinear(2, -1, 3) },
        Misuse("bilinear: inputs [2, 3] and [2, 5] do not fit the weight [6, 3, 4]") {
            _ = Bilinear(3, 4, 6)(ones(2, 3), ones(2, 5), .inference)
        },
        Misuse("Embedding: sizes must be positive, got 3 and 0") { _ = Embedding(3, 0) },
        Misuse("Embedding: paddingIdx 3 is outside the 3 rows") {
            _ = Embedding(3, 2, paddingIdx: 3)
        },
        Misuse("embedding: index 3 is outside the 3 rows of the table") {
            _ = Embedding(3, 2)(Tensor([0, 3]), .inference)
        },
        Misuse("embedding: expected integer indices and a table (rows, size), got float32 [2]") {
            _ = Embedding(3, 2)(ones(2), .inference)
        },
        Misuse("embeddingBag: expected indices (bags, n), or (n) with offsets, got [3]") {
            _ = EmbeddingBag(3, 2)(Tensor([0, 1, 2]), .inference)
        },
        Misuse("embeddingBag: offsets must start with 0 and not decrease up to 3, got [1, 2]") {
            _ = EmbeddingBag(3, 2)(Tensor([0, 1, 2]), offsets: Tensor([1, 2]), .inference)
        },
        Misuse("embeddingBag: expected weights [3] for a sum, got [3] for a mean") {
            _ = EmbeddingBag(3, 2)(
                Tensor([0, 1, 2]), offsets: Tensor([0]), perSampleWeights: ones(3), .inference)
        },
        Misuse("pairwiseDistance: expected a norm p >= 1, got 0.5") {
            _ = PairwiseDistance(p: 0.5)(ones(2, 3), ones(2, 3), .inference)
        },
        Misuse("pairwiseDistance: shapes [2, 3] and [2, 4] do not broadcast") {
            _ = PairwiseDistance()(ones(2, 3), ones(2, 4), .inference)
        },
        Misuse("cosineSimilarity: shapes [2, 3] and [2, 4] do not broadcast") {
            _ = CosineSimilarity()(ones(2, 3), ones(2, 4), .inference)
        },
    ]

    static let convolutions = [
        Misuse("Conv2d: 3 and 4 channels do not divide into 2 groups") {
            _ = Conv2d(3, 4, kernelSize: 3, groups: 2)
        },
        Misuse("Conv2d: expected a kernel of positive sizes, got [0, 0]") {
            _ = Conv2d(3, 4, kernelSize: 0)
        },
        Misuse("conv2d: input [1, 2, 8, 8] has 2 channels, but weights [4, 3, 3, 3]") {
            _ = Conv2d(3, 4, kernelSize: 3)(ones(1, 2, 8, 8), .inference)
        },
        Misuse("conv2d: expected input (N, C, H, W) and weights (O, C / groups, KH, KW), got [3, 8")
        {
            _ = Conv2d(3, 4, kernelSize: 3)(ones(3, 8, 8), .inference)
        },
        Misuse("conv2d: a kernel of [9, 9] does not fit into [1, 3, 8, 8] with padding") {
            _ = Conv2d(3, 4, kernelSize: 9)(ones(1, 3, 8, 8), .inference)
        },
        Misuse("conv2d: expected a positive stride and dilation and a padding of at least 0, got") {
            _ = Conv2d(3, 4, kernelSize: 3, stride: 0)(ones(1, 3, 8, 8), .inference)
        },
        Misuse("conv2d: expected a positive stride and dilation and a padding of at least 0, got") {
            _ = Conv2d(3, 4, kernelSize: 3, padding: -1)(ones(1, 3, 8, 8), .inference)
        },
        Misuse("conv2d: expected a positive stride and dilation and a padding of at least 0, got") {
            _ = Conv2d(3, 4, kernelSize: 3, dilation: 0)(ones(1, 3, 8, 8), .inference)
        },
        Misuse("pad: reflect padding (8, 8) is too wide for dimension 3 of [1, 3, 8, 8]") {
            _ = Conv2d(3, 4, kernelSize: 3, padding: 8, paddingMode: .reflect)(
                ones(1, 3, 8, 8), .inference)
        },
        Misuse("Conv1d: expected a kernel of positive sizes, got [-1]") {
            _ = Conv1d(3, 4, kernelSize: -1)
        },
        Misuse("conv1d: expected input (N, C, L) and weights (O, C / groups, K), got [1, 3]") {
            _ = Conv1d(3, 4, kernelSize: 3)(ones(1, 3), .inference)
        },
        Misuse("has 2 channels, but weights") {
            _ = Conv1d(3, 4, kernelSize: 3)(ones(1, 2, 8), .inference)
        },
        Misuse("does not fit into") { _ = Conv1d(3, 4, kernelSize: 9)(ones(1, 3, 8), .inference) },
        Misuse(
            "conv3d: expected input (N, C, D, H, W) and weights (O, C / groups, KD, KH, KW), got"
        ) {
            _ = Conv3d(3, 4, kernelSize: (2, 2, 2))(ones(1, 3, 4, 4), .inference)
        },
        Misuse(
            "conv3d: input [1, 2, 4, 4, 4] has 2 channels, but weights [4, 3, 2, 2, 2] in 1 group"
        ) {
            _ = Conv3d(3, 4, kernelSize: (2, 2, 2))(ones(1, 2, 4, 4, 4), .inference)
        },
        Misuse("conv3d: a kernel of [5, 2, 2] does not fit into [1, 3, 4, 4, 4] with padding") {
            _ = Conv3d(3, 4, kernelSize: (5, 2, 2))(ones(1, 3, 4, 4, 4), .inference)
        },
        Misuse("conv3d: expected a positive stride and dilation and a padding of at least 0, got") {
            _ = Conv3d(3, 4, kernelSize: (2, 2, 2), geometry: VolumeGeometry(stride: (0, 1, 1)))(
                ones(1, 3, 4, 4, 4), .inference)
        },
        Misuse("ConvTranspose2d: 4 and 3 channels do not divide into 2 groups") {
            _ = ConvTranspose2d(4, 3, kernelSize: 2, groups: 2)
        },
        Misuse(
            "convTranspose2d: input [1, 3, 5, 5] has 3 channels, but weights [4, 3, 2, 2] in 1 group(s) expect 4"
        ) {
            _ = ConvTranspose2d(4, 3, kernelSize: 2)(ones(1, 3, 5, 5), .inference)
        },
        Misuse("convTranspose2d: an output padding of [1, 1] must be less than the stride [1, 1]") {
            _ = ConvTranspose2d(4, 3, kernelSize: 2, outputPadding: 1)(
                ones(1, 4, 5, 5), .inference)
        },
        Misuse("convTranspose2d: padding") {
            _ = ConvTranspose2d(4, 3, kernelSize: 2, padding: 5)(ones(1, 4, 5, 5), .inference)
        },
        Misuse(
            "convTranspose1d: expected input (N, C, L) and weights (C, O / groups, K), got [4, 5]"
        ) { _ = ConvTranspose1d(4, 3, kernelSize: 2)(ones(4, 5), .inference) },
        Misuse(
            "convTranspose3d: an output padding of [2, 0, 0] must be less than the stride [1, 1, 1]"
        ) {
            _ = ConvTranspose3d(4, 3, kernelSize: (2, 2, 2), outputPadding: (2, 0, 0))(
                ones(1, 4, 3, 3, 3), .inference)
        },
    ]

    static let pooling = [
        Misuse("maxPool2d: a window of [3, 3] does not fit into [1, 1, 2, 2] with padding [0, 0]") {
            _ = MaxPool2d(kernelSize: 3)(ones(1, 1, 2, 2), .inference)
        },
        Misuse("maxPool2d: padding [2, 2] must be at most half the kernel [3, 3]") {
            _ = MaxPool2d(kernelSize: 3, padding: 2)(ones(1, 1, 8, 8), .inference)
        },
        Misuse("maxPool2d: kernel [3, 3], stride [0, 0] and dilation [1, 1] must be positive") {
            _ = MaxPool2d(kernelSize: 3, stride: 0)(ones(1, 1, 8, 8), .inference)
        },
        Misuse("avgPool2d: expected (N, C, H, W), got [1, 8, 8]") {
            _ = AvgPool2d(kernelSize: 2)(ones(1, 8, 8), .inference)
        },
        Misuse("adaptiveAvgPool2d: sizes must be positive, got [0, 0] for [1, 1, 4, 4]") {
            _ = AdaptiveAvgPool2d(0)(ones(1, 1, 4, 4), .inference)
        },
        Misuse("adaptiveMaxPool2d: expected (N, C, H, W), got [4, 4]") {
            _ = AdaptiveMaxPool2d(2)(ones(4, 4), .inference)
        },
        Misuse("ReflectionPad2d: expected 2 pairs of borders, got [(1, 1)]") {
            _ = ReflectionPad2d([(1, 1)])
        },
        Misuse("pad: reflect padding (3, 3) is too wide for dimension 2 of [1, 1, 3]") {
            _ = ReflectionPad1d(3)(ones(1, 1, 3), .inference)
        },
        Misuse("pad: circular padding (4, 4) is too wide for dimension 2 of [1, 1, 3]") {
            _ = CircularPad1d(4)(ones(1, 1, 3), .inference)
        },
        Misuse("ZeroPad2d: expected 3 or 4 dimensions, got [1, 3]") {
            _ = ZeroPad2d(1)(ones(1, 3), .inference)
        },
        Misuse("expected (N, C, ...) with 4 dimensions") {
            _ = Upsample(scaleFactor: 2, mode: .bilinear)(ones(1, 1, 3), .inference)
        },
        Misuse("interpolate: expected factors above 0, got [0.0, 0.0]") {
            _ = Upsample(scaleFactor: 0)(ones(1, 1, 3, 3), .inference)
        },
        Misuse("interpolate: alignCorners is for the linear and cubic modes, not for nearest") {
            _ = Upsample(scaleFactor: 2, alignCorners: true)(ones(1, 1, 3, 3), .inference)
        },
        Misuse("pixelShuffle: expected (..., channels, H, W) with channels that 2² divides, got") {
            _ = PixelShuffle(2)(ones(1, 3, 2, 2), .inference)
        },
        Misuse(
            "pixelUnshuffle: expected (..., channels, H, W) with a height and width that 2 divides"
        ) { _ = PixelUnshuffle(2)(ones(1, 3, 3, 2), .inference) },
        Misuse(
            "channelShuffle: expected (N, channels, ...) with channels that 2 divides, got [1, 3"
        ) {
            _ = ChannelShuffle(groups: 2)(ones(1, 3, 2), .inference)
        },
        Misuse("Unflatten: sizes [2, 2] do not fit dimension 1 of [1, 6]") {
            _ = Unflatten(dim: 1, sizes: [2, 2])(ones(1, 6), .inference)
        },
        Misuse("Unflatten: sizes [-1, -1] do not fit dimension 1 of [1, 6]") {
            _ = Unflatten(dim: 1, sizes: [-1, -1])(ones(1, 6), .inference)
        },
        Misuse("flatten: dimension 2 is outside a tensor of 2 dimensions") {
            _ = Flatten(from: 2)(ones(2, 3), .inference)
        },
    ]

    static let normalisation = [
        Misuse("BatchNorm: expected at least 1 channel, got 0") { _ = BatchNorm2d(0) },
        Misuse(
            "BatchNorm2d: expected 3 channels in dimension 1 of a tensor of [4] dimensions, got [2,"
        ) {
            _ = BatchNorm2d(3)(ones(2, 4, 5, 5), .inference)
        },
        Misuse(
            "BatchNorm1d: expected 3 channels in dimension 1 of a tensor of [2, 3] dimensions, got ["
        ) {
            _ = BatchNorm1d(3)(ones(3), .inference)
        },
        Misuse("BatchNorm1d: training needs more than 1 value per channel, got [1, 3]") {
            _ = BatchNorm1d(3)(ones(1, 3), training)
        },
        Misuse("BatchNorm3d: expected 3 channels") {
            _ = BatchNorm3d(3)(ones(2, 3, 4, 4), training)
        },
        Misuse("GroupNorm: 6 and 6 channels do not divide into 4 groups") { _ = GroupNorm(4, 6) },
        Misuse("GroupNorm: expected 6 channels in dimension 1, got [2, 4, 3]") {
            _ = GroupNorm(2, 6)(ones(2, 4, 3), .inference)
        },
        Misuse(
            "InstanceNorm2d: expected 3 channels in dimension 1 of a tensor of 4 dimensions, got [1,"
        ) {
            _ = InstanceNorm2d(3)(ones(1, 2, 4, 4), .inference)
        },
        Misuse("InstanceNorm1d: a channel of one element has no variance, got [2, 3, 1]") {
            _ = InstanceNorm1d(3)(ones(2, 3, 1), training)
        },
        Misuse("LayerNorm: expected positive sizes, got []") { _ = LayerNorm([]) },
        Misuse("layerNorm: expected a floating-point tensor (..., [4]), got float32 [2, 3]") {
            _ = LayerNorm(4)(ones(2, 3), .inference)
        },
        Misuse("RMSNorm: expected positive sizes, got [0]") { _ = RMSNorm([0]) },
        Misuse("rmsNorm: expected a floating-point tensor (..., [2, 3]), got float32 [3]") {
            _ = RMSNorm([2, 3])(ones(3), .inference)
        },
        Misuse(
            "localResponseNorm: expected (N, C, L) or more dimensions and a size above 0, got [2, 3]"
        ) { _ = LocalResponseNorm(2)(ones(2, 3), .inference) },
        Misuse("Dropout: expected a probability, got 1.5") { _ = Dropout(1.5) },
        Misuse("Dropout2d: expected a probability, got -0.1") { _ = Dropout2d(-0.1) },
        Misuse("Dropout2d: expected (N, channels, ...) with 4 dimensions, got [2, 3, 4]") {
            _ = Dropout2d()(ones(2, 3, 4), training)
        },
        Misuse("AlphaDropout: expected a probability, got 2.0") { _ = AlphaDropout(2) },
        Misuse("FeatureAlphaDropout: expected a probability, got -1.0") {
            _ = FeatureAlphaDropout(-1)
        },
        Misuse(
            "prelu: expected one slope or one for each of 4 channels for float32 [2, 4], got [3]"
        ) { _ = PReLU(channels: 3)(ones(2, 4), .inference) },
        Misuse("glu: expected an even size of dimension -1, got float32 [2, 3]") {
            _ = GLU()(ones(2, 3), .inference)
        },
        Misuse("RReLU: expected lower <= upper, got 0.5 and 0.25") {
            _ = RReLU(lower: 0.5, upper: 0.25)
        },
        Misuse("softmax: dimension 2 is outside a tensor of 2 dimensions") {
            _ = Softmax(dim: 2)(ones(2, 3), .inference)
        },
        Misuse("Softmax2d: expected (N, C, H, W), got shape [2, 3]") {
            _ = Softmax2d()(ones(2, 3), .inference)
        },
        Misuse("Sequential: expected names that differ and have no dots, got [\"a\", \"a\"]") {
            _ = Sequential(["a": ReLU(), "a": ReLU()])
        },
    ]
}
