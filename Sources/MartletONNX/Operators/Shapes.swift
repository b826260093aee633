internal import Martlet

extension Operators {
    /// Operators that move elements without changing them.
    static let shapes: [String: Operator] = [
        "Reshape": reshape, "Slice": slice, "Pad": pad, "Concat": concatenate,
        "DepthToSpace": depthToSpace, "Resize": resize,
        "Shape": { call in
            let shape = try call.tensor(0).shape
            func place(_ name: String, default value: Int) throws -> Int {
                let given = try call.int(name, default: value)
                return min(max(given < 0 ? given + shape.count : given, 0), shape.count)
            }
            let start = try place("start", default: 0)
            let end = try place("end", default: shape.count)
            return Tensor(start < end ? Array(shape[start..<end]) : [])
        },
        "Range": { call in
            let bounds = try (0..<3).map { index in
                let value = try call.tensor(index)
                guard value.dtype == .int64, value.count == 1 else {
                    throw call.unsupported("its input \(index) is not one int64")
                }
                return value.item(as: Int.self)
            }
            guard bounds[0] == 0, bounds[2] == 1 else {
                throw call.unsupported("counts from \(bounds[0]) by \(bounds[2]), not 0 by 1")
            }
            try call.require(bounds[1] >= 0, "counts to \(bounds[1])")
            return Tensor.arange(try call.checked([bounds[1]], .int64)[0])
        },
        "Transpose": { call in
            let x = try call.tensor(0)
            let order = try call.ints("perm") ?? Array((0..<x.ndim).reversed())
            try call.require(
                order.sorted() == Array(0..<x.ndim),
                "its attribute 'perm' is \(order), no order of \(x.ndim) dimensions")
            return x.permute(order)
        },
        "Expand": { call in
            let x = try call.tensor(0)
            guard let target = try call.list(1) else { throw call.damaged("its shape is missing") }
            try call.require(
                target.allSatisfy { $0 > 0 }, "its shape \(target) is not positive")
            return x.expand(try call.broadcast([x.shape, target], x.dtype))
        },
    ]

    private static let reshape: Operator = { call in
        let x = try call.tensor(0)
        guard var target = try call.list(1) else { throw call.damaged("its shape is missing") }
        try call.only("allowzero", 0)
        for (i, size) in target.enumerated() where size == 0 {
            try call.require(i < x.ndim, "its shape \(target) copies a size that is not there")
            target[i] = x.shape[i]
        }
        let unknown = target.indices.filter { target[$0] == -1 }
        try call.require(
            unknown.count <= 1 && target.allSatisfy { $0 >= -1 },
            "its shape \(target) has sizes that are no sizes")
        if let place = unknown.first {
            target[place] = 1
            let known = try call.checked(target, x.dtype).reduce(1, *)
            try call.require(
                x.count % known == 0, "\(x.shape) does not reshape to \(target) with any size")
            target[place] = x.count / known
        }
        let count = try call.checked(target, x.dtype).reduce(1, *)
        try call.require(count == x.count, "\(x.shape) does not reshape to \(target)")
        return x.reshape(target)
    }

    private static let slice: Operator = { call in
        var x = try call.tensor(0)
        guard let starts = try call.list(1), let ends = try call.list(2) else {
            throw call.damaged("its bounds are missing")
        }
        let named = try call.list(3) ?? Array(starts.indices)
        let axes = try call.axes(named, of: x.ndim)
        let steps = try call.list(4) ?? axes.map { _ in 1 }
        try call.require(
            starts.count == ends.count && starts.count == axes.count && starts.count == steps.count,
            "its bounds, axes and steps have different lengths")
        for (i, axis) in axes.enumerated() {
            let (size, step) = (x.shape[axis], steps[i])
            try call.require(step != 0 && step != .min, "its step is \(step)")
            // Counted from the end where negative; what lies beyond is cut off.
            let start = starts[i] < 0 ? max(starts[i], -size) + size : min(starts[i], size)
            let end = ends[i] < 0 ? max(ends[i], -size - 1) + size : min(ends[i], size)
            if step > 0 {
                try call.require(start < end, "leaves nothing of dimension \(axis) of \(x.shape)")
                x = x.slice(dim: axis, from: start, to: end, step: min(step, size))
            } else {
                let first = min(start, size - 1)
                try call.require(first > end, "leaves nothing of dimension \(axis) of \(x.shape)")
                x = x.flip([axis]).slice(
                    dim: axis, from: size - 1 - first, to: size - 1 - end, step: min(-step, size))
            }
        }
        return x
    }

    private static let pad: Operator = { call in
        let x = try call.tensor(0)
        let mode = try call.string("mode", default: "constant")
        guard let amounts = try call.list(1) else { throw call.damaged("its pads are missing") }
        try call.require(
            amounts.count == 2 * x.ndim && amounts.allSatisfy { (0...1 << 20).contains($0) },
            "its pads \(amounts) do not fit \(x.shape)")
        let padded = x.shape.indices.map { amounts[$0] + x.shape[$0] + amounts[$0 + x.ndim] }
        try call.checked(padded, x.dtype)
        if mode != "constant" {
            for size in padded { try call.checkTable(entries: size, taps: 1) }
        }
        let pairs = x.shape.indices.reversed().map { (amounts[$0], amounts[$0 + x.ndim]) }
        switch mode {
        case "constant": return x.pad(pairs, value: try call.scalar(2, like: x) ?? 0)
        case "edge": return x.pad(pairs, mode: .replicate)
        case "reflect":
            try call.require(
                x.shape.indices.allSatisfy { max(amounts[$0], amounts[$0 + x.ndim]) < x.shape[$0] },
                "its pads \(amounts) reach beyond \(x.shape)")
            return x.pad(pairs, mode: .reflect)
        default: throw call.unsupported("pads in the mode \(mode.quoted)")
        }
    }

    private static let concatenate: Operator = { call in
        try call.count(1...4096)
        let parts = try call.step.inputs.indices.map { try call.tensor($0) }
        try call.sameType(parts)
        let axis = try call.axis(call.int("axis", default: .max), of: parts[0].ndim)
        var shape = parts[0].shape
        for part in parts.dropFirst() {
            let fits =
                part.ndim == shape.count
                && shape.indices.allSatisfy { $0 == axis || part.shape[$0] == shape[$0] }
            try call.require(fits, "\(part.shape) does not join onto \(shape)")
            shape[axis] += part.shape[axis]
        }
        try call.checked(shape, parts[0].dtype)
        return Tensor.cat(parts, dim: axis)
    }
}
