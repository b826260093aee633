internal import Martlet

extension Operators {
    /// Operators that pick elements by number.
    static let indexing: [String: Operator] = [
        "Gather": { call in
            let x = try call.given(0)
            let axis = try call.axis(call.int("axis", default: 0), of: x.ndim)
            let indices = try call.indices(1, below: x.shape[axis])
            let shape = try call.checked(
                Array(x.shape[..<axis]) + indices.shape + Array(x.shape[(axis + 1)...]), x.dtype)
            if shape.contains(0) { return Tensor.zeros(shape, dtype: x.dtype) }
            return x.indexSelect(dim: axis, indices.reshape([indices.count])).reshape(shape)
        },
        "GatherElements": { call in
            let x = try call.tensor(0)
            let axis = try call.axis(call.int("axis", default: 0), of: x.ndim)
            let indices = try call.indices(1, below: x.shape[axis])
            try call.alike(indices, x, but: axis)
            try call.checked(indices.shape, x.dtype)
            return x.gather(dim: axis, indices)
        },
        "NonZero": { call in
            let x = try call.tensor(0)
            try call.checked([x.ndim, x.count], .int64)
            return x.nonzero().transpose(0, 1)
        },
        "ScatterElements": { call in
            let x = try call.real(0)
            let axis = try call.axis(call.int("axis", default: 0), of: x.ndim)
            guard try call.string("reduction", default: "none") == "add" else {
                throw call.unsupported("only the reduction 'add' is run")
            }
            let indices = try call.indices(1, below: x.shape[axis])
            let updates = try call.tensor(2)
            try call.sameType([x, updates])
            try call.alike(indices, x, but: axis)
            try call.require(
                updates.shape == indices.shape,
                "updates \(updates.shape) and indices \(indices.shape) differ")
            return x.scatterAdd(dim: axis, indices, updates)
        },
    ]
}

extension Call {
    /// An input of indices; negative ones, which count from the end, made positive.
    fileprivate func indices(_ position: Int, below size: Int) throws(ONNXError) -> Tensor {
        let given = try given(position)
        guard given.dtype == .int64 || given.dtype == .int32 else {
            throw damaged("its indices are \(given.dtype), not integers")
        }
        try checked(given.shape, .int64)
        let numbers = given.array(as: Int.self)
        for number in numbers where number < -size || number >= size {
            throw damaged("index \(number) is outside a dimension of size \(size)")
        }
        return Tensor(numbers.map { $0 < 0 ? $0 + size : $0 }, shape: given.shape)
    }

    /// Martlet picks whole lines: sizes outside the dimension must agree.
    fileprivate func alike(_ indices: Tensor, _ x: Tensor, but axis: Int) throws(ONNXError) {
        let fits =
            indices.ndim == x.ndim
            && x.shape.indices.allSatisfy { $0 == axis || indices.shape[$0] == x.shape[$0] }
        guard fits else {
            throw unsupported("indices \(indices.shape) do not cover \(x.shape)")
        }
    }
}
