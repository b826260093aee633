public import Martlet

extension GraphInputs {
    /// The inputs of a ``TextClassifier`` to be exported: `ids` `(batch, length)` and `lengths` `(batch)`, both of `int64`.
    ///
    /// - Parameter vocabulary: how many ids there are.
    public static func texts(vocabulary: Int) -> GraphInputs {
        GraphInputs(
            [Port("ids", sizes: ["batch", "length"]), Port("lengths", sizes: ["batch"])], kinds: 2
        ) { batch, kind, generator in
            let steps = kind == 0 ? 7 : 13
            return [
                Tensor.randint(0..<vocabulary, [batch, steps], generator: &generator),
                Tensor.randint(1..<(steps + 1), [batch], generator: &generator),
            ]
        }
    }
}
