internal import CDNN
internal import CKernels

/// The gradients of a direction's weights and input, from those of its gates `(steps, batch, width)`.
struct RecurrentGradient {
    let cell: RecurrentCell
    let reverse: Bool
    let grads: Tensor
    /// The same in the type that products are computed in.
    let operand: Tensor
    let name: String

    init(cell: RecurrentCell, reverse: Bool, grads: Tensor, operands: DType, name: String) {
        self.cell = cell
        self.reverse = reverse
        self.grads = grads
        operand = grads.to(operands)
        self.name = "\(name) backward"
    }

    private var steps: Int { grads.shape[0] }
    private var batch: Int { grads.shape[1] }
    private var width: Int { grads.shape[2] }
    private var hidden: Int { width / cell.width }

    func input(_ weight: Tensor) -> Tensor {
        let result = Tensor(uninitialized: [steps, batch, weight.shape[1]], dtype: grads.dtype)
        RecurrentProduct.run(
            operand, (width, 1), weight.to(operand.dtype), (weight.shape[1], 1),
            (steps * batch, weight.shape[1], weight.shape[0]), into: result,
            row: weight.shape[1], name)
        return result
    }

    func inputWeights(_ x: Tensor) -> Tensor {
        let (rows, size) = (cell.gates * hidden, x.shape[2])
        let result = Tensor(uninitialized: [rows, size], dtype: grads.dtype)
        RecurrentProduct.run(
            operand, (1, width), x, (size, 1), (rows, size, steps * batch), into: result, row: size,
            name)
        return result
    }

    /// Each step's gradient times the state before it: what the step before put out, or the first state.
    func stateWeights(_ y: Tensor, column: Int, first: Tensor?, lengths: Tensor?) -> Tensor {
        let result = Tensor(uninitialized: [cell.gates * hidden, hidden], dtype: grads.dtype)
        let own = y.to(operand.dtype)
        let (later, before) = reverse ? (0, 1) : (1, 0)
        addStates(
            operand, at: later * batch * width, own, at: before * batch * y.shape[2] + column,
            stride: y.shape[2], count: (steps - 1) * batch, into: result)
        guard let first else { return result }
        let extra = Tensor(uninitialized: result.shape, dtype: grads.dtype)
        let starts = firstSteps(lengths)
        addStates(
            starts.to(operand.dtype), at: 0, first.to(operand.dtype).materializedIfNeeded, at: 0,
            stride: hidden, count: batch, into: extra)
        return result + extra
    }

    private func addStates(
        _ grads: Tensor, at start: Int, _ states: Tensor, at column: Int, stride: Int, count: Int,
        into result: Tensor
    ) {
        for part in cell.parts(hidden) {
            RecurrentProduct.run(
                grads, at: start + part.offset, (1, width), states, at: column, (stride, 1),
                (part.count, hidden, count), into: result, at: part.rows * hidden, row: hidden, name
            )
        }
    }

    /// The gates' gradients at the step each row starts with, `(batch, width)`.
    private func firstSteps(_ lengths: Tensor?) -> Tensor {
        guard reverse, let lengths else { return grads[reverse ? steps - 1 : 0].contiguous() }
        let rows = (lengths - 1) * batch + Tensor.arange(batch)
        return grads.reshape([steps * batch, width]).indexSelect(dim: 0, rows)
    }

    func biases() -> (input: Tensor, hidden: Tensor) {
        let sums = Tensor(uninitialized: [width], dtype: grads.dtype)
        mt_channel_sum(
            grads.dtype.kernel, Int64(steps * batch), Int64(width), 1, grads.pointer,
            sums.freshPointer)
        guard cell == .gru else { return (sums, sums) }
        let own = Tensor.cat([sums[..<(2 * hidden)], sums[(3 * hidden)...]])
        return (sums[..<(3 * hidden)], own)
    }
}

/// Products of parts of dense tensors, written into parts of others.
enum RecurrentProduct {
    /// Some rows of a matrix as the kernels multiply with them: from the right, `transposed` or as they are.
    static func pack(_ matrix: Tensor, rows: Range<Int>, transposed: Bool) -> Tensor {
        let (type, width) = (matrix.dtype.kernel, Int64(matrix.shape[1]))
        let (depth, columns) =
            transposed ? (width, Int64(rows.count)) : (Int64(rows.count), width)
        let count = mt_recurrent_packed_count(type, depth, columns)
        let result = Tensor(uninitialized: [Int(count)], dtype: matrix.dtype)
        mt_recurrent_pack(
            type, depth, columns, transposed ? 1 : width, transposed ? width : 1,
            matrix.pointer + rows.lowerBound * matrix.shape[1] * matrix.dtype.itemSize,
            result.freshPointer)
        return result
    }

    /// c (m, n) = a (m, k) b (k, n) + bias; strides are those of rows and columns, places count elements.
    static func run(
        _ a: Tensor, at aStart: Int = 0, _ aStrides: (Int, Int), _ b: Tensor, at bStart: Int = 0,
        _ bStrides: (Int, Int), _ size: (m: Int, n: Int, k: Int), bias: Tensor? = nil,
        into c: Tensor, at cStart: Int = 0, row: Int, _ operation: String
    ) {
        if size.m == 0 || size.n == 0 { return }
        let to = c.freshPointer + cStart * c.dtype.itemSize
        guard size.k > 0 else {
            for i in 0..<size.m {
                mt_fill(
                    c.dtype.kernel, Int64(size.n), to + i * row * c.dtype.itemSize, 0, 0)
            }
            return
        }
        var shape = mt_matmul_shape()
        shape.batch = 1
        (shape.m, shape.n, shape.k) = (Int64(size.m), Int64(size.n), Int64(size.k))
        (shape.a_row, shape.a_column) = (Int64(aStrides.0), Int64(aStrides.1))
        (shape.b_row, shape.b_column) = (Int64(bStrides.0), Int64(bStrides.1))
        shape.c_row = Int64(row)
        let message = mt_matmul(
            a.dtype.kernel, c.dtype.kernel, &shape, a.pointer + aStart * a.dtype.itemSize,
            b.pointer + bStart * b.dtype.itemSize, bias?.pointer, false, to)
        DNN.check(message, operation)
    }
}
