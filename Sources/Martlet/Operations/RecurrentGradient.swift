internal import CDNN
internal import CKernels

/// The gradients of a direction's weights and input, from those of its gates `(steps, batch, width)`.
struct RecurrentGradient {
    let cell: RecurrentCell
    let reverse: Bool
    let grads: Tensor
    /// The same, `(steps * batch, width)`, in the type that products are computed in.
    private let operand: Tensor
    /// The same transposed, `(width, steps * batch)`.
    private let turned: Tensor
    private let name: String

    init(cell: RecurrentCell, reverse: Bool, grads: Tensor, operands: DType, name: String) {
        self.cell = cell
        self.reverse = reverse
        self.grads = grads
        operand = grads.reshape([grads.shape[0] * grads.shape[1], grads.shape[2]]).to(operands)
        turned = RecurrentProduct.turned(operand)
        self.name = "\(name) backward"
    }

    private var steps: Int { grads.shape[0] }
    private var batch: Int { grads.shape[1] }
    private var width: Int { grads.shape[2] }
    private var hidden: Int { width / cell.width }

    func input(_ weight: Tensor) -> Tensor {
        let size = weight.shape[1]
        let result = Tensor(uninitialized: [steps, batch, size], dtype: grads.dtype)
        RecurrentProduct.run(
            operand, at: 0, weight.to(operand.dtype), at: 0, (size, 1),
            (steps * batch, size, weight.shape[0]), into: result, at: 0, row: size, name)
        return result
    }

    func inputWeights(_ x: Tensor) -> Tensor {
        let (rows, size) = (cell.gates * hidden, x.shape[2])
        let result = Tensor(uninitialized: [rows, size], dtype: grads.dtype)
        RecurrentProduct.run(
            turned, at: 0, x, at: 0, (size, 1), (rows, size, steps * batch), into: result, at: 0,
            row: size, name)
        return result
    }

    /// Each step's gradient times the state before it: what the step before put out, or the first state.
    func stateWeights(_ y: Tensor, column: Int, first: Tensor?, lengths: Tensor?) -> Tensor {
        let (later, before) = reverse ? (0, 1) : (1, 0)
        let own = statesProduct(
            turned, at: later * batch, y.to(operand.dtype),
            at: before * batch * y.shape[2] + column, stride: y.shape[2],
            count: (steps - 1) * batch)
        guard let first else { return own }
        let starts = RecurrentProduct.turned(firstSteps(lengths).to(operand.dtype))
        return own
            + statesProduct(
                starts, at: 0, first.to(operand.dtype).materializedIfNeeded, at: 0, stride: hidden,
                count: batch)
    }

    private func statesProduct(
        _ turned: Tensor, at column: Int, _ states: Tensor, at start: Int, stride: Int, count: Int
    ) -> Tensor {
        let result = Tensor(uninitialized: [cell.gates * hidden, hidden], dtype: grads.dtype)
        for part in cell.parts(hidden) {
            RecurrentProduct.run(
                turned, at: part.offset * turned.strides[0] + column * turned.strides[1], states,
                at: start, (stride, 1), (part.count, hidden, count), into: result,
                at: part.rows * hidden, row: hidden, name)
        }
        return result
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

/// Products of parts of tensors, written into parts of others.
enum RecurrentProduct {
    /// Some rows of a matrix as the kernels multiply with them: from the right, `transposed` or as they are.
    static func pack(_ matrix: Tensor, rows: Range<Int>, transposed: Bool) -> Tensor {
        let width = matrix.shape[1]
        return pack(
            matrix, at: rows.lowerBound * width, transposed ? (1, width) : (width, 1),
            depth: transposed ? width : rows.count, columns: transposed ? rows.count : width)
    }

    private static func pack(
        _ matrix: Tensor, at start: Int, _ strides: (Int, Int), depth: Int, columns: Int
    ) -> Tensor {
        let type = matrix.dtype.kernel
        let count = mt_recurrent_packed_count(type, Int64(depth), Int64(columns))
        let result = Tensor(uninitialized: [Int(count)], dtype: matrix.dtype)
        mt_recurrent_pack(
            type, Int64(depth), Int64(columns), Int64(strides.0), Int64(strides.1),
            matrix.pointer + start * matrix.dtype.itemSize, result.freshPointer)
        return result
    }

    /// A dense matrix as the left operand of `run`, transposed.
    static func turned(_ matrix: Tensor) -> Tensor {
        guard matrix.dtype != .bfloat16 else { return matrix.transpose(0, 1) }
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        let result = Tensor(uninitialized: [columns, rows], dtype: matrix.dtype)
        mt_recurrent_turn(
            matrix.dtype.kernel, Int64(rows), Int64(columns), matrix.pointer, result.freshPointer)
        return result
    }

    /// c (m, n) = a (m, k) b (k, n) + bias, from places that count elements; b has these strides, a those of its last
    /// two dimensions.
    ///
    /// Products in full precision are sums in order, which depend on neither threads nor other rows: oneDNN, which does
    /// those in bfloat16, cuts long sums among threads.
    static func run(
        _ a: Tensor, at aStart: Int, _ b: Tensor, at bStart: Int, _ bStrides: (Int, Int),
        _ size: (m: Int, n: Int, k: Int), bias: Tensor? = nil, into c: Tensor, at cStart: Int,
        row: Int, _ operation: String
    ) {
        if size.m == 0 || size.n == 0 { return }
        let from = a.pointer + aStart * a.dtype.itemSize
        let to = c.freshPointer + cStart * c.dtype.itemSize
        guard a.dtype == .bfloat16 && size.k > 0 else {
            let packed = pack(b, at: bStart, bStrides, depth: size.k, columns: size.n)
            withExtendedLifetime((a, packed, bias)) {
                mt_recurrent_project(
                    c.dtype.kernel, Int64(size.m), Int64(size.k), Int64(size.n), from,
                    Int64(a.strides[a.ndim - 2]), packed.pointer, bias?.pointer, to, Int64(row))
            }
            return
        }
        var shape = mt_matmul_shape()
        shape.batch = 1
        (shape.m, shape.n, shape.k) = (Int64(size.m), Int64(size.n), Int64(size.k))
        shape.a_row = Int64(a.strides[a.ndim - 2])
        shape.a_column = Int64(a.strides[a.ndim - 1])
        (shape.b_row, shape.b_column) = (Int64(bStrides.0), Int64(bStrides.1))
        shape.c_row = Int64(row)
        let message = mt_matmul(
            a.dtype.kernel, c.dtype.kernel, &shape, from,
            b.pointer + bStart * b.dtype.itemSize, bias?.pointer, false, to)
        DNN.check(message, operation)
    }
}
