public import Martlet

extension GraphInputs {
    /// The inputs of a ``TextClassifier`` to be exported: `ids` `(batch, length)` and `lengths` `(batch)`, both of `int64`.
    ///
    /// - Parameters:
    ///   - vocabulary: how many ids there are.
    ///   - sentenceEnd: the id that ends a sentence, which examples then hold often; nil where texts have none.
    public static func texts(vocabulary: Int, sentenceEnd: Int? = nil) -> GraphInputs {
        GraphInputs(
            [Port("ids", sizes: ["batch", "length"]), Port("lengths", sizes: ["batch"])], kinds: 2
        ) { batch, kind, generator in
            let steps = kind == 0 ? 7 : 13
            var ids = Tensor.randint(0..<vocabulary, [batch, steps], generator: &generator)
            let lengths = Tensor.randint(1..<(steps + 1), [batch], generator: &generator)
            if let sentenceEnd {
                let isEnd = Tensor.rand([batch, steps], generator: &generator).lt(0.25)
                ids = Tensor.where(isEnd, Tensor(sentenceEnd), ids)
            }
            return [ids, lengths]
        }
    }
}
