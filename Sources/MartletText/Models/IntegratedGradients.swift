internal import Martlet
public import MartletNN

/// How much each token of a text speaks for a class (Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks",
/// 2017).
///
/// The score of the class, less the mean of the other classes' scores, is followed from a text whose tokens say nothing (all
/// vectors are 0) to the text; what each token's vector adds on the way is its part. The parts add up to the difference of the
/// two ends, up to the error of summing a finite number of steps.
public struct IntegratedGradients: Sendable {
    /// How many places on the way are looked at.
    public let steps: Int

    /// - Parameter steps: more are closer to the integral.
    public init(steps: Int = 32) {
        precondition(steps >= 1, "IntegratedGradients: expected 1 step or more, got \(steps)")
        self.steps = steps
    }

    /// The part of each token.
    ///
    /// - Parameters:
    ///   - ids: the tokens of one text, one or more.
    ///   - classIndex: the class that they speak for or against.
    public func attributions(
        _ ids: [Int32], for classIndex: Int, _ classifier: some TextClassifier, _ context: Context
    ) -> [Float] {
        let batch = PaddedBatch([ids], padding: 0)
        let vectors = noGrad { classifier.embedding(batch.ids, context) }.to(.float32)
        // The middles of equal parts of the way.
        let places = Tensor((0..<steps).map { (Float($0) + 0.5) / Float(steps) })
            .reshape([steps, 1, 1])
        let path = enableGrad { (vectors * places).detach().requiringGrad() }
        let lengths = Tensor([Int](repeating: ids.count, count: steps))
        let gradient = enableGrad {
            let scores = classifier.scores(
                embedded: path, ids: batch.ids.expand([steps, ids.count]), lengths: lengths, context
            )
            let sum = Self.margin(scores.to(.float32), classIndex).sum()
            return grad(outputs: [sum], inputs: [path])[0]
        }
        return (gradient.mean(dims: [0]) * vectors[0]).sum(dims: [1]).array(as: Float.self)
    }

    /// The class's score above the mean of the others', for each row of `(N, classes)`.
    static func margin(_ scores: Tensor, _ classIndex: Int) -> Tensor {
        let classes = scores.shape[1]
        let own = scores.select(dim: 1, index: classIndex)
        guard classes > 1 else { return own }
        let others = (scores.sum(dims: [1]) - own) / Double(classes - 1)
        return own - others
    }
}
