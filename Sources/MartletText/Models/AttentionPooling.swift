public import Martlet
public import MartletNN

/// A weighted mean of steps, with weights that a learnt query gives them: softmax(q · tanh(W x + b)) (Yang et al.,
/// "Hierarchical attention networks for document classification", 2016, section 2.2).
public final class AttentionPooling: Module {
    /// W and b, from a step to a vector of the same size.
    public let projection: Linear
    /// q: what makes a step count.
    public let query: Linear

    /// - Parameter size: of a step.
    public init(_ size: Int) {
        projection = Linear(size, size)
        query = Linear(size, 1, bias: false)
    }

    /// - Parameters:
    ///   - x: `(N, T, size)`.
    ///   - lengths: `(N)` integers in 1 ... T; nil for T.
    ///   - context: training or inference.
    /// - Returns: the mean `(N, size)`, and the weights `(N, T)`, which are 0 beyond a row's length.
    public func callAsFunction(_ x: Tensor, lengths: Tensor?, _ context: Context) -> (
        output: Tensor, weights: Tensor
    ) {
        var scores = query(projection(x, context).tanh(), context).squeeze(2)
        if let lengths {
            let never = Tensor.full([], -.infinity, dtype: scores.dtype)
            scores = Tensor.where(x.validSteps(lengths), scores, never)
        }
        let weights = scores.softmax(dim: 1)
        return (x.weightedSteps(weights.to(x.dtype)), weights)
    }
}
