internal import CKernels

extension Tensor {
    /// The negative logarithm of the probability that each sample's frames spell its labels (connectionist temporal
    /// classification, Graves et al. 2006): what `MartletNN.ctcLoss` reduces.
    ///
    /// The gradient is PyTorch's: that of the scores before the log-softmax that made the logarithms.
    ///
    /// - Parameters:
    ///   - targets: integer labels `(N, S)`, or one sample's after another's `(sum of lengths)`.
    ///   - inputLengths: integers `(N)` in 0 ... T: the frames of each sample.
    ///   - targetLengths: integers `(N)`: the labels of each sample.
    ///   - blank: the class that spells nothing.
    ///   - zeroInfinity: 0, without gradient, for samples of more labels than their frames can spell; else infinity.
    /// - Returns: for logarithms of probabilities `(T, N, C)` the losses `(N)`.
    public func ctcLossRows(
        _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: Int = 0,
        zeroInfinity: Bool = false
    ) -> Tensor {
        precondition(
            ndim == 3 && (dtype == .float32 || dtype == .float64),
            "ctcLoss: expected logarithms (T, N, C) in float32 or float64, got \(dtype) \(shape)")
        let (steps, batch, classes) = (shape[0], shape[1], shape[2])
        precondition(
            blank >= 0 && blank < classes,
            "ctcLoss: blank \(blank) is outside the \(classes) classes")
        for lengths in [inputLengths, targetLengths] {
            precondition(
                lengths.shape == [batch] && !lengths.dtype.isFloatingPoint,
                "ctcLoss: expected integer lengths [\(batch)], got \(lengths.dtype) "
                    + "\(lengths.shape)")
        }
        let frames = inputLengths.array(as: Int.self)
        let labels = targetLengths.array(as: Int.self)
        for row in 0..<batch {
            precondition(
                frames[row] >= 0 && frames[row] <= steps,
                "ctcLoss: input length \(frames[row]) of row \(row) is outside 0 ... \(steps)")
        }
        let starts = CTC.starts(of: targets, labels, batch)
        let flat = targets.array(as: Int.self)
        for (row, start) in starts.enumerated() {
            for label in flat[start..<(start + labels[row])] {
                precondition(
                    label >= 0 && label < classes,
                    "ctcLoss: label \(label) of row \(row) is outside the \(classes) classes")
            }
        }
        let operation = CTC(
            targets: Tensor(flat), starts: Tensor(starts), inputLengths: Tensor(frames),
            targetLengths: Tensor(labels), longest: labels.max() ?? 0, blank: blank,
            zeroInfinity: zeroInfinity)
        return Tensor.result(operation, self)
    }
}

private struct CTC: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let targets: Tensor
    let starts: Tensor
    let inputLengths: Tensor
    let targetLengths: Tensor
    let longest: Int
    let blank: Int
    let zeroInfinity: Bool
    private var saved: (logProbs: Tensor, alpha: Tensor, loss: Tensor)?

    init(
        targets: Tensor, starts: Tensor, inputLengths: Tensor, targetLengths: Tensor, longest: Int,
        blank: Int, zeroInfinity: Bool
    ) {
        self.targets = targets
        self.starts = starts
        self.inputLengths = inputLengths
        self.targetLengths = targetLengths
        self.longest = longest
        self.blank = blank
        self.zeroInfinity = zeroInfinity
    }

    var name: String { "ctcLoss" }

    /// Where each sample's labels are among the targets.
    static func starts(of targets: Tensor, _ lengths: [Int], _ batch: Int) -> [Int] {
        precondition(
            !targets.dtype.isFloatingPoint && (targets.ndim == 1 || targets.ndim == 2),
            "ctcLoss: expected integer targets (N, S) or (sum of lengths), got \(targets.dtype) "
                + "\(targets.shape)")
        if targets.ndim == 2 {
            let width = targets.shape[1]
            precondition(
                targets.shape[0] == batch && lengths.allSatisfy { $0 >= 0 && $0 <= width },
                "ctcLoss: expected targets (\(batch), S) and lengths in 0 ... S, got "
                    + "\(targets.shape) and \(lengths)")
            return (0..<batch).map { $0 * width }
        }
        precondition(
            lengths.allSatisfy { $0 >= 0 } && lengths.reduce(0, +) == targets.count,
            "ctcLoss: lengths \(lengths) do not add up to the \(targets.count) targets")
        var next = 0
        return lengths.map { length in
            defer { next += length }
            return next
        }
    }

    private func description(_ logProbs: Tensor, _ alpha: Tensor, _ loss: Tensor) -> mt_ctc {
        func integers(_ x: Tensor) -> UnsafePointer<Int64> {
            x.pointer.assumingMemoryBound(to: Int64.self)
        }
        var x = mt_ctc()
        (x.steps, x.batch) = (Int64(logProbs.shape[0]), Int64(logProbs.shape[1]))
        (x.classes, x.blank) = (Int64(logProbs.shape[2]), Int64(blank))
        x.longest = Int64(longest)
        x.log_probs = logProbs.pointer
        x.targets = integers(targets)
        x.starts = integers(starts)
        x.input_lengths = integers(inputLengths)
        x.target_lengths = integers(targetLengths)
        x.alpha = alpha.freshPointer
        x.loss = loss.freshPointer
        x.zero_infinity = zeroInfinity
        return x
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0].materializedIfNeeded
        let (steps, batch) = (x.shape[0], x.shape[1])
        let loss = Tensor(uninitialized: [batch], dtype: x.dtype)
        let alpha = Tensor(uninitialized: [batch, steps, 2 * longest + 3], dtype: x.dtype)
        var call = description(x, alpha, loss)
        withExtendedLifetime((x, alpha)) { mt_ctc_forward(x.dtype.kernel, &call) }
        if needsGradient[0] { saved = (x, alpha, loss) }
        guard zeroInfinity else { return [loss] }
        return [Tensor.where(loss.isInf(), loss.zerosLike(), loss)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let scale = gradients[0]?.materializedIfNeeded, let saved else { return [nil] }
        let result = Tensor(uninitialized: saved.logProbs.shape, dtype: saved.logProbs.dtype)
        var call = description(saved.logProbs, saved.alpha, saved.loss)
        call.scale = scale.pointer
        call.grad = result.freshPointer
        withExtendedLifetime(scale) { mt_ctc_backward(result.dtype.kernel, &call) }
        return [result]
    }
}
