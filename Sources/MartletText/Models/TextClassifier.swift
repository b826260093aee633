public import Martlet
public import MartletNN

/// A network that scores classes for texts, given as ids of their words: a batch is padded on the right to one length.
///
/// In inference a text's scores are the same bits alone, with any amount of padding, in any batch and on any number of
/// threads: products are sums in order (see `Context.batchInvariant`), and pooling adds up the steps of a text one after
/// another and leaves out the rest.
public protocol TextClassifier: Module {
    /// `(vocabulary, size)`: a vector for each id.
    var embedding: Embedding { get }

    /// Scores `(N, classes)` of texts whose words are vectors already, so that gradients with respect to these can be had.
    ///
    /// - Parameters:
    ///   - embedded: `(N, T, size)`: what `embedding` gives for the ids, or something in its place.
    ///   - ids: `(N, T)` integers, for networks that look for certain ids.
    ///   - lengths: `(N)` integers in 1 ... T: how many ids of each row count; nil where all do.
    ///   - context: `batchInvariant` of a context for the very scores that calling the network gives.
    func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context) -> Tensor
}

extension TextClassifier {
    /// Scores `(N, classes)`, before a softmax.
    ///
    /// - Parameters:
    ///   - ids: `(N, T)` integers, T at least 1. What stands beyond a row's length counts nothing, but must be ids too.
    ///   - lengths: `(N)` integers in 1 ... T: how many ids of each row count; nil where all do.
    ///   - context: training or inference.
    public func callAsFunction(_ ids: Tensor, lengths: Tensor? = nil, _ context: Context) -> Tensor
    {
        let name = "\(type(of: self))"
        precondition(
            ids.ndim == 2 && ids.shape[1] > 0 && !ids.dtype.isFloatingPoint,
            "\(name): expected integer ids (N, T), T at least 1, got \(ids.dtype) \(ids.shape)")
        if let lengths { requireLengths(lengths, ids.shape, name) }
        let context = context.batchInvariant
        return scores(embedded: embedding(ids, context), ids: ids, lengths: lengths, context)
    }
}

private func requireLengths(_ lengths: Tensor, _ ids: [Int], _ name: String) {
    precondition(
        lengths.shape == [ids[0]] && !lengths.dtype.isFloatingPoint,
        "\(name): expected integer lengths [\(ids[0])] for ids \(ids), got \(lengths.dtype) "
            + "\(lengths.shape)")
    for (row, length) in lengths.array(as: Int.self).enumerated() {
        precondition(
            length >= 1 && length <= ids[1],
            "\(name): length \(length) of row \(row) is outside 1 ... \(ids[1])")
    }
}
