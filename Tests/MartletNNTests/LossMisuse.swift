import Martlet
import MartletNN
import MartletTesting

// Mistakes with losses, and what is said of them. Each runs in a process of its own: see NNMisuseTests.

private func ones(_ shape: Int...) -> Tensor { Tensor.ones(shape) }

extension Misuse {
    static let regression = [
        Misuse("mseLoss: expected two tensors of one shape, got [2, 3] and [3]") {
            _ = mseLoss(ones(2, 3), ones(3))
        },
        Misuse("l1Loss: expected two tensors of one shape, got [2] and [3]") {
            _ = l1Loss(ones(2), ones(3))
        },
        Misuse("msleLoss: expected two tensors of one shape, got [2] and []") {
            _ = msleLoss(ones(2), Tensor(1.0))
        },
        Misuse("smoothL1Loss: expected beta >= 0, got -1.0") {
            _ = smoothL1Loss(ones(2), ones(2), beta: -1)
        },
        Misuse("smoothL1Loss: expected two tensors of one shape, got [2] and [1]") {
            _ = smoothL1Loss(ones(2), ones(1))
        },
        Misuse("huberLoss: expected delta > 0, got 0.0") {
            _ = huberLoss(ones(2), ones(2), delta: 0)
        },
        Misuse("huberLoss: expected two tensors of one shape, got [2, 3] and [3]") {
            _ = huberLoss(ones(2, 3), ones(3))
        },
        Misuse("klDiv: shapes [2, 3] and [2, 4] do not broadcast") {
            _ = klDiv(ones(2, 3), ones(2, 4))
        },
        Misuse("poissonNLLLoss: expected two tensors of one shape, got [2] and [3]") {
            _ = poissonNLLLoss(ones(2), ones(3))
        },
        Misuse("gaussianNLLLoss: expected variances of shape [2, 3], [2] or [2, 1], got [3]") {
            _ = gaussianNLLLoss(ones(2, 3), ones(2, 3), variance: ones(3))
        },
        Misuse("gaussianNLLLoss: expected variances that are not negative") {
            _ = gaussianNLLLoss(ones(2), ones(2), variance: -ones(2))
        },
        Misuse("binaryCrossEntropy: expected two tensors of one shape, got [2] and [2, 1]") {
            _ = binaryCrossEntropy(ones(2), ones(2, 1))
        },
        Misuse("binaryCrossEntropy: expected probabilities in 0 ... 1") {
            _ = binaryCrossEntropy(Tensor([0.5, 1.5]), Tensor([0.0, 1]))
        },
        Misuse("binaryCrossEntropyWithLogits: expected two tensors of one shape, got [2] and [3]") {
            _ = binaryCrossEntropyWithLogits(ones(2), ones(3))
        },
        Misuse(
            "binaryCrossEntropyWithLogits: expected a weight that stretches to [2, 3], got shape [2]"
        ) {
            _ = binaryCrossEntropyWithLogits(ones(2, 3), ones(2, 3), posWeight: ones(2))
        },
        Misuse("sigmoidFocalLoss: expected gamma >= 0, got -1.0") {
            _ = sigmoidFocalLoss(ones(2), ones(2), gamma: -1)
        },
        Misuse("tverskyLoss: expected scores (N, classes, d1, ...), got shape [2, 3]") {
            _ = diceLoss(ones(2, 3), Tensor([0, 1]))
        },
        Misuse("tverskyLoss: target 3 at place 0 is outside the 3 classes") {
            _ = diceLoss(ones(1, 3, 1), Tensor([[3]]))
        },
    ]

    static let classification = [
        Misuse(
            "crossEntropy: expected scores (N, classes, ...) and class indices (N, ...), got [2, 3]"
        ) {
            _ = crossEntropy(ones(2, 3), Tensor([0, 1, 2]))
        },
        Misuse("crossEntropy: target 3 at place 1 is outside the 3 classes") {
            _ = crossEntropy(ones(2, 3), Tensor([1, 3]))
        },
        Misuse("crossEntropy: target -1 at place 0 is outside the 3 classes") {
            _ = crossEntropy(ones(2, 3), Tensor([-1, 2]))
        },
        Misuse("crossEntropy: expected class weights [3], got [2]") {
            _ = crossEntropy(ones(2, 3), Tensor([0, 1]), weight: ones(2))
        },
        Misuse("crossEntropy: labelSmoothing must be in 0 ... 1, got 2.0") {
            _ = crossEntropy(ones(2, 3), Tensor([0, 1]), labelSmoothing: 2)
        },
        Misuse(
            "crossEntropy: expected logits and probabilities of one shape, got [2, 3] and [2, 4]"
        ) {
            _ = crossEntropy(ones(2, 3), ones(2, 4))
        },
        Misuse(
            "nllLoss: expected scores (N, classes, ...) and class indices (N, ...), got [2, 3, 4]"
        ) {
            _ = nllLoss(ones(2, 3, 4), Tensor([1, 2]))
        },
        Misuse("nllLoss: target 5 at place 0 is outside the 3 classes") {
            _ = nllLoss(ones(2, 3), Tensor([5, 0]))
        },
        Misuse("nllLoss: expected class weights [3], got shape [4]") {
            _ = nllLoss(ones(2, 3), Tensor([0, 1]), weight: ones(4))
        },
        Misuse("focalLoss: expected gamma >= 0, got -2.0") {
            _ = focalLoss(ones(2, 3), Tensor([0, 1]), gamma: -2)
        },
        Misuse("focalLoss: expected logits (N, classes, ...), got [3]") {
            _ = focalLoss(ones(3), Tensor(1))
        },
        Misuse("focalLoss: target 3 at place 0 is outside the 3 classes") {
            _ = focalLoss(ones(1, 3), Tensor([3]))
        },
        Misuse("focalLoss: expected class weights [3], got shape [1]") {
            _ = focalLoss(ones(1, 3), Tensor([0]), weight: ones(1))
        },
        Misuse("multiMarginLoss: expected p 1 or 2, got 3") {
            _ = multiMarginLoss(ones(2, 3), Tensor([0, 1]), p: 3)
        },
        Misuse("multiMarginLoss: target 3 at place 1 is outside the 3 classes") {
            _ = multiMarginLoss(ones(2, 3), Tensor([0, 3]))
        },
        Misuse("multiMarginLoss: expected scores (N, classes), got [2, 3, 4]") {
            _ = multiMarginLoss(ones(2, 3, 4), Tensor([0, 1]))
        },
        Misuse("multilabelMarginLoss: target 3 at place 0 is outside the 3 classes") {
            _ = multilabelMarginLoss(ones(1, 3), Tensor([[3, -1, -1]]))
        },
        Misuse("multilabelMarginLoss: expected two tensors of one shape, got [1, 3] and [3]") {
            _ = multilabelMarginLoss(ones(1, 3), Tensor([0, -1, -1]))
        },
        Misuse("multilabelSoftMarginLoss: expected scores (..., classes), got shape []") {
            _ = multilabelSoftMarginLoss(Tensor(1.0), Tensor(1.0))
        },
        Misuse("multilabelSoftMarginLoss: expected two tensors of one shape, got [2, 3] and [3]") {
            _ = multilabelSoftMarginLoss(ones(2, 3), ones(3))
        },
    ]

    static let ranking = [
        Misuse("hingeEmbeddingLoss: expected two tensors of one shape, got [2] and [3]") {
            _ = hingeEmbeddingLoss(ones(2), ones(3))
        },
        Misuse("hingeLoss: expected two tensors of one shape, got [2] and [3]") {
            _ = hingeLoss(ones(2), ones(3))
        },
        Misuse("squaredHingeLoss: expected two tensors of one shape, got [2] and [3]") {
            _ = squaredHingeLoss(ones(2), ones(3))
        },
        Misuse("softMarginLoss: expected two tensors of one shape, got [2] and [3]") {
            _ = softMarginLoss(ones(2), ones(3))
        },
        Misuse("marginRankingLoss: shapes [2] and [3] do not broadcast") {
            _ = marginRankingLoss(ones(2), ones(3), ones(2))
        },
        Misuse("tripletMarginLoss: expected a margin above 0, got 0.0") {
            _ = tripletMarginLoss(ones(2, 3), ones(2, 3), ones(2, 3), margin: 0)
        },
        Misuse("expected anchor, positive and negative with as many dimensions, got [2, 3], [2, 3]")
        {
            _ = tripletMarginLoss(ones(2, 3), ones(2, 3), ones(3))
        },
        Misuse("pairwiseDistance: shapes [2, 3] and [2, 4] do not broadcast") {
            _ = tripletMarginLoss(ones(2, 3), ones(2, 4), ones(2, 3))
        },
        Misuse("cosineEmbeddingLoss: expected vectors (N, D) and targets (N), got [2, 3] and [3]") {
            _ = cosineEmbeddingLoss(ones(2, 3), ones(2, 3), ones(3))
        },
        Misuse("cosineEmbeddingLoss: expected two tensors of one shape, got [2, 3] and [2, 4]") {
            _ = cosineEmbeddingLoss(ones(2, 3), ones(2, 4), ones(2))
        },
        Misuse("ctcLoss: expected logarithms (T, N, C)") {
            _ = ctcLoss(
                ones(4, 3), Tensor([[1]]), inputLengths: Tensor([4]), targetLengths: Tensor([1]))
        },
        Misuse("ctcLoss: blank 3 is outside the 3 classes") {
            _ = ctcLoss(
                ones(4, 1, 3), Tensor([[1]]), inputLengths: Tensor([4]),
                targetLengths: Tensor([1]), blank: 3)
        },
        Misuse("ctcLoss: expected integer lengths [1], got int64 [2]") {
            _ = ctcLoss(
                ones(4, 1, 3), Tensor([[1]]), inputLengths: Tensor([4, 4]),
                targetLengths: Tensor([1]))
        },
        Misuse("ctcLoss: input length 5 of row 0 is outside 0 ... 4") {
            _ = ctcLoss(
                ones(4, 1, 3), Tensor([[1]]), inputLengths: Tensor([5]),
                targetLengths: Tensor([1]))
        },
        Misuse("ctcLoss: expected targets (1, S) and lengths in 0 ... S, got [1, 1] and [2]") {
            _ = ctcLoss(
                ones(4, 1, 3), Tensor([[1]]), inputLengths: Tensor([4]),
                targetLengths: Tensor([2]))
        },
        Misuse("ctcLoss: lengths [1, 1] do not add up to the 3 targets") {
            _ = ctcLoss(
                ones(4, 2, 3), Tensor([1, 2, 1]), inputLengths: Tensor([4, 4]),
                targetLengths: Tensor([1, 1]))
        },
        Misuse("ctcLoss: label 3 of row 0 is outside the 3 classes") {
            _ = ctcLoss(
                ones(4, 1, 3), Tensor([[3]]), inputLengths: Tensor([4]),
                targetLengths: Tensor([1]))
        },
    ]
}
