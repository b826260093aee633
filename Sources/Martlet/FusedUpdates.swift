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
    /// What the optimiser remembers, such as Adam's two moments: at most three tensors.
    package var states: [Tensor]

    package init(parameter: Tensor, gradient: Tensor, states: [Tensor] = []) {
        for other in [gradient] + states {
            precondition(
                other.shape == parameter.shape,
                "optimizer step: a gradient or state of shape \(other.shape) does not fit a "
                    + "parameter of shape \(parameter.shape)")
        }
        self.parameter = parameter
        self.gradient = gradient
        self.states = states
    }

    /// Runs a kernel over all updates of a type at once.
    static func run(
        _ updates: inout [FusedUpdate], named name: String,
        _ kernel: (mt_dtype, Int64, [mt_update]) -> Void
    ) {
        ProfileRecorder.time("\(name) step") {
            let halves = updates.indices.filter { updates[$0].parameter.dtype.isHalf }
            if !halves.isEmpty {
                // Kernels know float32: what a step makes of the values is rounded once.
                var wide = halves.map { updates[$0].widened() }
                run(&wide, named: name, kernel)
                for (i, result) in zip(halves, wide) { updates[i].take(result) }
            }
            for dtype in [DType.float32, .float64] {
                var blocks: [mt_update] = []
                blocks.reserveCapacity(updates.count)
                for i in updates.indices where updates[i].parameter.dtype == dtype {
                    blocks.append(updates[i].block())
                }
                if !blocks.isEmpty { kernel(dtype.kernel, Int64(blocks.count), blocks) }
            }
            withExtendedLifetime(updates) {}
        }
    }

    /// Makes the memory this update's own, laid out alike, and says where it is.
    /// The same in float32.
    private func widened() -> FusedUpdate {
        FusedUpdate(
            parameter: parameter.detach().to(.float32), gradient: gradient.detach().to(.float32),
            states: states.map { $0.to(.float32) })
    }

    /// Takes over the results of a step in float32.
    private mutating func take(_ wide: FusedUpdate) {
        _ = parameter.writablePointer()
        Kernel.copy(wide.parameter, into: parameter)
        states = zip(states, wide.states).map { $1.to($0.dtype) }
    }

    private mutating func block() -> mt_update {
        let target = parameter.writablePointer()
        if gradient.dtype != parameter.dtype || !gradient.isLaidOut(like: parameter) {
            gradient = gradient.materialized(strides: parameter.strides, dtype: parameter.dtype)
        }
        var block = mt_update()
        block.count = Int64(parameter.count)
        block.parameter = target
        block.gradient = gradient.pointer
        if states.count > 0 { block.states.0 = state(0) }
        if states.count > 1 { block.states.1 = state(1) }
        if states.count > 2 { block.states.2 = state(2) }
        return block
    }

    private mutating func state(_ i: Int) -> UnsafeMutableRawPointer {
        if !states[i].isLaidOut(like: parameter) {
            states[i] = states[i].materialized(strides: parameter.strides)
        }
        return states[i].writablePointer()
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
