internal import Martlet

extension Operators {
    /// Operators that work along dimensions.
    static let reductions: [String: Operator] = [
        "ReduceSum": { try $0.reduceNumbers($0.list(1)) { $0.sum(dims: $1, keepDim: $2) } },
        "ReduceMean": { try $0.reduce($0.ints("axes")) { $0.mean(dims: $1, keepDim: $2) } },
        "ReduceMax": { try $0.reduceNumbers($0.ints("axes")) { $0.max(dims: $1, keepDim: $2) } },
        "ReduceMin": { try $0.reduceNumbers($0.ints("axes")) { $0.min(dims: $1, keepDim: $2) } },
        "ReduceProd": { try $0.reduce($0.ints("axes")) { $0.prod(dims: $1, keepDim: $2) } },
        "ReduceLogSumExp": {
            try $0.reduce($0.ints("axes")) { $0.logSumExp(dims: $1, keepDim: $2) }
        },
        "Softmax": { call in
            let (x, axis) = try call.alongAxis()
            return x.softmax(dim: axis)
        },
        "LogSoftmax": { call in
            let (x, axis) = try call.alongAxis()
            return x.logSoftmax(dim: axis)
        },
        "CumSum": { call in
            let x = try call.signed(0)
            guard let list = try call.list(1), list.count == 1 else {
                throw call.damaged("its input 1 is not one dimension")
            }
            try call.only("exclusive", 0)
            try call.only("reverse", 0)
            return x.cumsum(dim: try call.axis(list[0], of: x.ndim)).to(x.dtype)
        },
    ]
}

extension Call {
    /// Of integers too, which stay what they are.
    fileprivate func reduceNumbers(
        _ axes: [Int]?, _ body: (Tensor, [Int]?, Bool) -> Tensor
    ) throws -> Tensor {
        let x = try signed(0)
        return try reduce(x, axes, body).to(x.dtype)
    }

    fileprivate func reduce(
        _ axes: [Int]?, _ body: (Tensor, [Int]?, Bool) -> Tensor
    ) throws -> Tensor {
        try reduce(real(0), axes, body)
    }

    private func reduce(
        _ x: Tensor, _ axes: [Int]?, _ body: (Tensor, [Int]?, Bool) -> Tensor
    ) throws -> Tensor {
        try only("noop_with_empty_axes", 0)
        let dims = try (axes?.isEmpty ?? true) ? nil : self.axes(axes ?? [], of: x.ndim)
        return body(x, dims, try flag("keepdims", default: true))
    }

    fileprivate func alongAxis() throws -> (Tensor, Int) {
        let x = try real(0)
        return (x, try axis(int("axis", default: -1), of: x.ndim))
    }
}
