internal import CKernels

/// A parameter on its way through one optimiser step, with its gradient and what the optimiser
/// remembers.
///
/// Who builds one hands its tensors over: values that nothing else refers to are changed in place,
/// others are copied first, as every mutation of a tensor does.
package struct FusedUpdate {
    /// The values that change; a leaf stays the same leaf.
    package var parameter: Tensor
    package var gradient: Tensor
    /// The momentum, or Adam's first moment.
    package var first: Tensor?
    /// Adam's second moment.
    package var second: Tensor?

    package init(parameter: Tensor, gradient: Tensor, first: Tensor? = nil, second: Tensor? = nil) {
        for other in [gradient, first, second] {
            precondition(
                other == nil || other?.shape == parameter.shape,
                "optimizer step: a gradient or moment of shape \(other?.shape ?? []) does not fit a "
                    + "parameter of shape \(parameter.shape)")
        }
        self.parameter = parameter
        self.gradient = gradient
        self.first = first
        self.second = second
    }

    package struct SGDOptions {
        package var learningRate: Double
        package var momentum: Double
        package var dampening: Double
        package var weightDecay: Double
        package var nesterov: Bool
        /// On the first step the momentum is the gradient itself.
        package var isFirstStep: Bool

        package init(
            learningRate: Double, momentum: Double, dampening: Double, weightDecay: Double,
            nesterov: Bool, isFirstStep: Bool
        ) {
            self.learningRate = learningRate
            self.momentum = momentum
            self.dampening = dampening
            self.weightDecay = weightDecay
            self.nesterov = nesterov
            self.isFirstStep = isFirstStep
        }
    }

    package struct AdamOptions {
        package var learningRate: Double
        package var beta1: Double
        package var beta2: Double
        package var epsilon: Double
        package var weightDecay: Double
        /// Whether the weights decay beside the gradient (AdamW) rather than through it.
        package var decoupled: Bool
        /// The step's number, from 1.
        package var step: Int

        package init(
            learningRate: Double, beta1: Double, beta2: Double, epsilon: Double,
            weightDecay: Double, decoupled: Bool, step: Int
        ) {
            self.learningRate = learningRate
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.decoupled = decoupled
            self.step = step
        }
    }

    /// One step of stochastic gradient descent over all parameters in one pass.
    package static func sgd(_ updates: inout [FusedUpdate], _ options: SGDOptions) {
        var kernelOptions = mt_sgd_options(
            learning_rate: options.learningRate, momentum: options.momentum,
            dampening: options.dampening, weight_decay: options.weightDecay,
            nesterov: options.nesterov, first_step: options.isFirstStep)
        run(&updates, named: "sgd") { type, blocks in
            mt_sgd(type, Int64(blocks.count), blocks, &kernelOptions)
        }
    }

    /// One step of Adam or AdamW over all parameters in one pass.
    package static func adam(_ updates: inout [FusedUpdate], _ options: AdamOptions) {
        var kernelOptions = mt_adam_options(
            learning_rate: options.learningRate, beta1: options.beta1, beta2: options.beta2,
            epsilon: options.epsilon, weight_decay: options.weightDecay,
            decoupled: options.decoupled, step: Int64(options.step))
        run(&updates, named: "adam") { type, blocks in
            mt_adam(type, Int64(blocks.count), blocks, &kernelOptions)
        }
    }

    private static func run(
        _ updates: inout [FusedUpdate], named name: String,
        _ kernel: (mt_dtype, [mt_update]) -> Void
    ) {
        ProfileRecorder.time("\(name) step") {
            for dtype in [DType.float32, .float64] {
                var blocks: [mt_update] = []
                blocks.reserveCapacity(updates.count)
                for i in updates.indices where updates[i].parameter.dtype == dtype {
                    blocks.append(updates[i].block())
                }
                if !blocks.isEmpty { kernel(dtype.kernel, blocks) }
            }
            withExtendedLifetime(updates) {}
        }
    }

    /// Makes the memory this update's own, laid out alike, and says where it is.
    private mutating func block() -> mt_update {
        let target = parameter.writablePointer()
        if gradient.dtype != parameter.dtype || !gradient.isLaidOut(like: parameter) {
            gradient = gradient.materialized(strides: parameter.strides, dtype: parameter.dtype)
        }
        if let first, !first.isLaidOut(like: parameter) {
            self.first = first.materialized(strides: parameter.strides)
        }
        if let second, !second.isLaidOut(like: parameter) {
            self.second = second.materialized(strides: parameter.strides)
        }
        return mt_update(
            count: Int64(parameter.count), parameter: target, gradient: gradient.pointer,
            first: first?.writablePointer(), second: second?.writablePointer())
    }
}

/// Norms and scales over many tensors at once, as gradient clipping needs them.
package enum FusedGradients {
    /// The square root of the sum of all squares; the same whatever the number of threads.
    package static func norm(_ gradients: [Tensor]) -> Double {
        var sum = 0.0
        for dtype in [DType.float32, .float64] {
            let dense = gradients.filter { $0.dtype == dtype }
                .map { $0.isDense ? $0 : $0.detach().contiguous() }
            guard !dense.isEmpty else { continue }
            let sizes = dense.map { Int64($0.count) }
            let blocks = dense.map { Optional($0.pointer) }
            sum += mt_sum_squares(dtype.kernel, Int64(dense.count), sizes, blocks)
            withExtendedLifetime(dense) {}
        }
        return sum.squareRoot()
    }

    /// Multiplies every element of every tensor.
    package static func scale(_ gradients: inout [Tensor], by factor: Double) {
        for dtype in [DType.float32, .float64] {
            let indices = gradients.indices.filter { gradients[$0].dtype == dtype }
            guard !indices.isEmpty else { continue }
            let sizes = indices.map { Int64(gradients[$0].count) }
            var blocks: [UnsafeMutableRawPointer?] = []
            for i in indices { blocks.append(gradients[i].writablePointer()) }
            mt_scale(dtype.kernel, Int64(sizes.count), sizes, blocks, factor)
            withExtendedLifetime(gradients) {}
        }
    }
}

extension Tensor {
    /// Whether both are dense and their elements lie in the same order.
    fileprivate func isLaidOut(like other: Tensor) -> Bool {
        for d in shape.indices where shape[d] != 1 && strides[d] != other.strides[d] {
            return false
        }
        return true
    }
}
