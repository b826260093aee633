/// Arithmetic on shapes and strides. Strides count elements.
package enum Shape {
    /// Row-major strides.
    static func contiguousStrides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        var step = 1
        for d in shape.indices.reversed() {
            strides[d] = step
            step *= max(shape[d], 1)
        }
        return strides
    }

    /// Strides of a dense `(N, C, ...)` block whose channels are innermost in memory.
    static func channelsLastStrides(_ shape: [Int]) -> [Int] {
        guard shape.count >= 3 else { return contiguousStrides(shape) }
        var strides = shape
        strides[1] = 1
        var step = max(shape[1], 1)
        for d in (2..<shape.count).reversed() {
            strides[d] = step
            step *= max(shape[d], 1)
        }
        strides[0] = step
        return strides
    }

    static func count(_ shape: [Int]) -> Int { shape.reduce(1, *) }

    /// Whether elements in row-major order lie one after another. Strides of dimensions of size 1 do
    /// not matter.
    static func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
        var step = 1
        for d in stride(from: shape.count - 1, through: 0, by: -1) where shape[d] != 1 {
            if shape[d] == 0 { return true }
            if strides[d] != step { return shape.contains(0) }
            step *= shape[d]
        }
        return true
    }

    static func isChannelsLast(_ shape: [Int], _ strides: [Int]) -> Bool {
        guard shape.count == 4 || shape.count == 5 else { return false }
        if shape.contains(0) { return true }
        let dense = channelsLastStrides(shape)
        return shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == dense[$0] }
    }

    /// Whether the elements fill a block without gaps or overlaps, in some order of the dimensions.
    static func isDense(_ shape: [Int], _ strides: [Int]) -> Bool {
        if isContiguous(shape, strides) { return true }
        let order = shape.indices.filter { shape[$0] != 1 }.sorted { strides[$0] < strides[$1] }
        var step = 1
        for d in order {
            if strides[d] != step { return false }
            step *= shape[d]
        }
        return true
    }

    /// The shape two operands have together (NumPy's rule: aligned on the right, 1 stretches).
    @discardableResult
    package static func broadcast(_ a: [Int], _ b: [Int], operation: String) -> [Int] {
        if a == b { return a }
        let n = max(a.count, b.count)
        var result = [Int](repeating: 1, count: n)
        for i in 0..<n {
            let x = i < n - a.count ? 1 : a[i - (n - a.count)]
            let y = i < n - b.count ? 1 : b[i - (n - b.count)]
            guard x == y || x == 1 || y == 1 else {
                preconditionFailure(
                    "\(operation): shapes \(a) and \(b) do not broadcast: dimension \(i) is \(x) in "
                        + "one and \(y) in the other")
            }
            result[i] = x == 1 ? y : x
        }
        return result
    }

    /// Whether the first shape stretches to the second.
    package static func broadcasts(_ shape: [Int], to target: [Int]) -> Bool {
        shape.count <= target.count
            && zip(shape.reversed(), target.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
    }

    /// Strides that read a block of `shape` as if it had the shape `target`.
    static func broadcastStrides(_ shape: [Int], _ strides: [Int], to target: [Int]) -> [Int] {
        if shape == target { return strides }
        let lead = target.count - shape.count
        return target.indices.map { d in
            d < lead || (shape[d - lead] == 1 && target[d] != 1) ? 0 : strides[d - lead]
        }
    }

    /// A dimension counted from the front, given one that may be negative.
    static func dimension(_ d: Int, of ndim: Int, operation: String) -> Int {
        // A tensor without dimensions takes part as if it had one, as in PyTorch.
        let wrapped = d < 0 ? d + max(ndim, 1) : d
        precondition(
            wrapped >= 0 && wrapped < max(ndim, 1),
            "\(operation): dimension \(d) is outside a tensor of \(ndim) dimensions")
        return wrapped
    }

    /// Dimensions counted from the front, each once, ascending; all of them for nil.
    static func dimensions(_ dims: [Int]?, of ndim: Int, operation: String) -> [Int] {
        guard let dims else { return Array(0..<ndim) }
        let wrapped = dims.map { dimension($0, of: ndim, operation: operation) }.sorted()
        precondition(
            zip(wrapped, wrapped.dropFirst()).allSatisfy { $0 != $1 },
            "\(operation): a dimension is named twice in \(dims)")
        return ndim == 0 ? [] : wrapped
    }
}

/// Some of a tensor's dimensions, counted from the front.
struct DimensionSet {
    /// Bit d stands for dimension d.
    private(set) var bits: UInt64 = 0
    private let ndim: Int

    /// - Parameter dims: each once; negative ones count from the end; nil for all.
    init(_ dims: [Int]?, of ndim: Int, operation: String) {
        self.ndim = ndim
        guard let dims else {
            bits = (1 << UInt64(ndim)) - 1
            return
        }
        for d in dims {
            let bit: UInt64 = 1 << UInt64(Shape.dimension(d, of: ndim, operation: operation))
            precondition(
                bits & bit == 0, "\(operation): a dimension is named twice in \(dims)")
            bits |= bit
        }
        if ndim == 0 { bits = 0 }
    }

    func contains(_ d: Int) -> Bool { bits >> UInt64(d) & 1 != 0 }

    /// The dimensions, ascending.
    var list: [Int] { (0..<ndim).filter(contains) }

    /// The sizes of a shape with 1 for these dimensions, or without them.
    func dropped(from shape: [Int], keepDim: Bool) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(shape.count)
        for d in shape.indices {
            if !contains(d) {
                result.append(shape[d])
            } else if keepDim {
                result.append(1)
            }
        }
        return result
    }

    /// How many elements of a shape come together in one.
    func count(in shape: [Int]) -> Int {
        shape.indices.reduce(1) { contains($1) ? $0 * shape[$1] : $0 }
    }
}

extension Tensor {
    /// An order of the dimensions in which these tensors of as many dimensions are all row-major; nil where there is
    /// none but the one they are in.
    static func rowMajorOrder(_ tensors: Tensor...) -> [Int]? {
        guard let odd = tensors.first(where: { !$0.isContiguous }), odd.isDense else { return nil }
        let order = odd.shape.indices.sorted {
            (odd.strides[$0], odd.shape[$0]) > (odd.strides[$1], odd.shape[$1])
        }
        let fits = tensors.allSatisfy { x in
            var step = 1
            for d in order.reversed() where x.ndim == odd.ndim && x.shape[d] != 1 {
                if x.strides[d] != step { return false }
                step *= x.shape[d]
            }
            return x.ndim == odd.ndim
        }
        return fits ? order : nil
    }

    /// With the dimensions, which are in an order that `permute` was given, where they were before.
    func permutedBack(_ order: [Int]) -> Tensor {
        var inverse = order
        for (to, from) in order.enumerated() { inverse[from] = to }
        return permute(inverse)
    }
}

/// Stops with one form of message for shapes that cannot work.
func requireShape(
    _ condition: Bool, _ operation: @autoclosure () -> String, expected: @autoclosure () -> String,
    got: @autoclosure () -> String
) {
    if !condition {
        preconditionFailure("\(operation()): expected \(expected()), got \(got())")
    }
}
