internal import CKernels

extension Tensor {
    /// Zeroes elements with probability `p` and scales the others by 1 / (1 - p) (Srivastava et al. 2014).
    public func dropout(_ p: Double, generator: inout Generator) -> Tensor {
        precondition(p >= 0 && p <= 1, "dropout: expected a probability, got \(p)")
        if p == 0 { return self }
        if p == 1 { return self * 0 }
        let offset = generator.advance(count)
        return Tensor.result(Dropout(p: p, generator: generator, offset: offset), self)
    }
}

private struct Dropout: TensorOperation {
    let p: Double
    let generator: Generator
    let offset: UInt64
    private var kept: Tensor?

    init(p: Double, generator: Generator, offset: UInt64) {
        self.p = p
        self.generator = generator
        self.offset = offset
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0].isDense ? inputs[0] : inputs[0].materializedIfNeeded
        let y = Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype)
        let kept = Tensor(uninitialized: x.shape, strides: x.strides, dtype: .bool)
        mt_dropout(
            x.dtype.kernel, generator.seed, generator.stream, offset, Int64(x.count), p, x.pointer,
            y.freshPointer, kept.freshPointer.assumingMemoryBound(to: Bool.self))
        if needsGradient[0] { self.kept = kept }
        return [y]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let gradient = gradients[0], let kept else { return [nil] }
        if GradientMode.isRecording {
            return [gradient * kept.to(gradient.dtype) * (1 / (1 - p))]
        }
        let g =
            gradient.strides == kept.strides
            ? gradient : gradient.materialized(strides: kept.strides)
        let result = Tensor(uninitialized: g.shape, strides: g.strides, dtype: g.dtype)
        mt_dropout_grad(
            g.dtype.kernel, Int64(g.count), p, kept.pointer.assumingMemoryBound(to: Bool.self),
            g.pointer, result.freshPointer)
        return [result]
    }
}
