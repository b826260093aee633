internal import Martlet

/// Computes a node's (first) output.
typealias Operator = @Sendable (Call) throws -> Tensor

/// Computes a node's outputs, as many as Martlet knows to compute.
typealias SeveralOperator = @Sendable (Call) throws -> [Tensor]

/// The operators that a graph may use, by their names in the standard.
enum Operators {
    static let all: [String: SeveralOperator] = [
        elementwise, layers, reductions, shapes, indexing, detection,
    ].reduce(into: sequences) { all, part in
        for (name, run) in part { all[name] = { [try run($0)] } }
    }
}

/// A node about to run, and checked access to what it works on.
///
/// Martlet's operations stop the program where shapes do not fit, since that is a programmer's
/// error; here it is a file's, so everything is checked before an operation is called.
struct Call {
    let step: Step
    let values: [Tensor?]
    let tensorBytes: Int

    // MARK: Errors

    func damaged(_ reason: String) -> ONNXError { ONNXError(.damaged, reason, at: step.place) }

    func unsupported(_ reason: String) -> ONNXError {
        ONNXError(.unsupported, reason, at: step.place)
    }

    func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(ONNXError) {
        if !condition { throw damaged(reason()) }
    }

    /// Refuses results that would take more memory than allowed.
    @discardableResult
    func checked(_ shape: [Int], _ dtype: DType) throws(ONNXError) -> [Int] {
        try SafeShape.checked(
            shape.map(Int64.init), itemSize: dtype.itemSize, limit: tensorBytes, at: step.place)
    }

    /// Refuses a linear map along a dimension whose table would take more memory than allowed: for each entry where its taps
    /// begin, and for each tap a place and a weight.
    func checkTable(entries: Int, taps: Int) throws(ONNXError) {
        try checked([entries, 1 + 2 * taps], .int64)
    }

    // MARK: Inputs

    /// An input that may be left out.
    func optional(_ index: Int) throws(ONNXError) -> Tensor? {
        guard index < values.count, let value = values[index] else { return nil }
        guard value.count > 0 else {
            throw unsupported("its input \(index) has no elements: \(value.shape)")
        }
        return value
    }

    func tensor(_ index: Int) throws(ONNXError) -> Tensor {
        guard let value = try optional(index) else {
            throw damaged("its input \(index) is missing")
        }
        return value
    }

    /// An input that may have no elements, as there may be nothing to be found.
    func given(_ index: Int) throws(ONNXError) -> Tensor {
        guard index < values.count, let value = values[index] else {
            throw damaged("its input \(index) is missing")
        }
        return value
    }

    /// An input of numbers that can be negative.
    func signed(_ index: Int) throws(ONNXError) -> Tensor {
        let value = try tensor(index)
        guard value.dtype != .bool, value.dtype != .uint8 else {
            throw unsupported("its input \(index) is \(value.dtype), which has no sign")
        }
        return value
    }

    /// An input of floating-point numbers.
    func real(_ index: Int) throws(ONNXError) -> Tensor {
        let value = try tensor(index)
        guard value.dtype.isFloatingPoint else {
            throw unsupported("its input \(index) is \(value.dtype), not floating-point")
        }
        return value
    }

    /// An input of `float32` or `float64`, as products and convolutions need.
    func full(_ index: Int) throws(ONNXError) -> Tensor {
        let value = try tensor(index)
        guard value.dtype == .float32 || value.dtype == .float64 else {
            throw unsupported("its input \(index) is \(value.dtype), not float32 or float64")
        }
        return value
    }

    /// An input that is a list of integers: a shape, axes, bounds. nil where it is left out.
    func list(_ index: Int) throws(ONNXError) -> [Int]? {
        guard index < values.count, let value = values[index] else { return nil }
        guard value.dtype == .int64 || value.dtype == .int32, value.ndim <= 1, value.count <= 64
        else { throw damaged("its input \(index) is no list of integers") }
        return value.array(as: Int.self)
    }

    func count(_ range: ClosedRange<Int>) throws(ONNXError) {
        guard range.contains(step.inputs.count) else {
            throw damaged("has \(step.inputs.count) inputs, expected \(range)")
        }
    }

    func sameType(_ tensors: [Tensor]) throws(ONNXError) {
        guard tensors.allSatisfy({ $0.dtype == tensors[0].dtype }) else {
            throw damaged("its inputs have different types: \(tensors.map(\.dtype))")
        }
    }

    /// The shape that shapes broadcast to, within the memory allowed.
    func broadcast(_ shapes: [[Int]], _ dtype: DType) throws(ONNXError) -> [Int] {
        var result: [Int] = []
        for shape in shapes {
            let lead = [Int](repeating: 1, count: max(0, shape.count - result.count))
            result = lead + result
            for (offset, size) in shape.reversed().enumerated() {
                let place = result.count - 1 - offset
                guard size == result[place] || size == 1 || result[place] == 1 else {
                    throw damaged("shapes \(shapes) do not fit together")
                }
                if result[place] == 1 { result[place] = size }
            }
        }
        return try checked(result, dtype)
    }

    // MARK: Attributes

    func int(_ name: String, default value: Int) throws(ONNXError) -> Int {
        switch step.attributes[name] {
        case nil: return value
        case .int(let value)?: return value
        default: throw damaged("its attribute '\(name)' is not an integer")
        }
    }

    func flag(_ name: String, default value: Bool = false) throws(ONNXError) -> Bool {
        let number = try int(name, default: value ? 1 : 0)
        guard number == 0 || number == 1 else {
            throw damaged("its attribute '\(name)' is \(number), not 0 or 1")
        }
        return number == 1
    }

    func float(_ name: String, default value: Double) throws(ONNXError) -> Double {
        switch step.attributes[name] {
        case nil: return value
        case .float(let value)? where value.isFinite: return Double(value)
        default: throw damaged("its attribute '\(name)' is not a finite number")
        }
    }

    func string(_ name: String, default value: String) throws(ONNXError) -> String {
        switch step.attributes[name] {
        case nil: return value
        case .string(let value)?: return value
        default: throw damaged("its attribute '\(name)' is not a text")
        }
    }

    /// A list of sizes, each in a range that keeps arithmetic on them safe.
    func sizes(
        _ name: String, count: Int, in range: ClosedRange<Int>, default value: [Int]
    ) throws(ONNXError) -> [Int] {
        let list = try ints(name) ?? value
        guard list.count == count, list.allSatisfy(range.contains) else {
            throw damaged("its attribute '\(name)' is \(list), not \(count) numbers in \(range)")
        }
        return list
    }

    func ints(_ name: String) throws(ONNXError) -> [Int]? {
        switch step.attributes[name] {
        case nil: return nil
        case .ints(let list)?: return list
        default: throw damaged("its attribute '\(name)' is not a list of integers")
        }
    }

    /// A dimension, counted from the front.
    func axis(_ axis: Int, of ndim: Int) throws(ONNXError) -> Int {
        guard axis >= -ndim, axis < ndim else {
            throw damaged("has no dimension \(axis) among \(ndim)")
        }
        return axis < 0 ? axis + ndim : axis
    }

    /// Dimensions, counted from the front, none twice.
    func axes(_ axes: [Int], of ndim: Int) throws(ONNXError) -> [Int] {
        var result: [Int] = []
        for axis in axes { result.append(try self.axis(axis, of: ndim)) }
        guard Set(result).count == result.count else {
            throw damaged("names a dimension twice: \(axes)")
        }
        return result
    }

    /// Refuses an attribute with a value that Martlet has no operation for.
    func only(_ name: String, _ value: Int) throws(ONNXError) {
        guard try int(name, default: value) == value else {
            throw unsupported("its attribute '\(name)' is not \(value)")
        }
    }
}
