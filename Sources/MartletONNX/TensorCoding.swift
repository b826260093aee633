internal import Foundation
internal import Martlet

/// The element types ONNX and Martlet share.
enum ElementType {
    private static let codes: [(dtype: DType, code: ONNXTensorProto.DataType)] = [
        (.float32, .float), (.float64, .double), (.float16, .float16), (.bfloat16, .bfloat16),
        (.int64, .int64), (.int32, .int32), (.uint8, .uint8), (.bool, .bool),
    ]

    static func code(of dtype: DType) -> Int32 {
        guard let entry = codes.first(where: { $0.dtype == dtype }) else {
            preconditionFailure("ONNX: no code for elements of type \(dtype)")
        }
        return Int32(entry.code.rawValue)
    }

    /// The type behind a code; nil for one that Martlet has no tensors of.
    static func dtype(of code: Int32) -> DType? {
        codes.first { $0.code.rawValue == Int(code) }?.dtype
    }

    /// For messages: the standard's name where there is one.
    static func name(of code: Int32) -> String {
        ONNXTensorProto.DataType(rawValue: Int(code)).map { "\($0)" } ?? "number \(code)"
    }
}

/// Sizes as a file gives them, made safe to multiply.
enum SafeShape {
    /// - Throws: `ONNXError` for a negative size, or more bytes than `limit`.
    static func checked(
        _ dims: [Int64], itemSize: Int, limit: Int, at place: String
    ) throws(ONNXError) -> [Int] {
        guard dims.count <= 16 else {
            throw ONNXError(
                .damaged, "has \(dims.count) dimensions, at most 16 make sense", at: place)
        }
        guard dims.allSatisfy({ $0 >= 0 }) else {
            throw ONNXError(.damaged, "has a negative size in its shape \(dims)", at: place)
        }
        var bytes = itemSize
        // Zero sizes are left out, so that a huge size beside one is still refused.
        for size in dims where size > 0 {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: Int(size))
            guard !overflow, product <= limit else {
                throw ONNXError(
                    .limit, "a tensor of shape \(dims) takes more than \(limit) bytes", at: place)
            }
            bytes = product
        }
        return dims.map { Int($0) }
    }
}

extension ONNXTensorProto {
    /// Writes a tensor down, in row-major order.
    init(name: String, _ tensor: Tensor) {
        self.init()
        self.name = name
        dims = tensor.shape.map(Int64.init)
        dataType = ElementType.code(of: tensor.dtype)
        rawData = tensor.withUnsafeBytes { Data($0) }
    }

    /// Reads the tensor.
    ///
    /// - Parameters:
    ///   - limit: the most bytes the tensor may take.
    ///   - place: what to call it in errors.
    func tensor(limit: Int, at place: String) throws(ONNXError) -> Tensor {
        guard dataLocation == .default, externalData.isEmpty else {
            let location = externalData.first { $0.key == "location" }?.value
            throw ONNXError(
                .unsupported,
                "its data lies in another file, \((location ?? "?").quoted), which is not read",
                at: place)
        }
        guard !hasSegment else {
            throw ONNXError(.unsupported, "is stored in segments", at: place)
        }
        guard let dtype = ElementType.dtype(of: dataType) else {
            throw ONNXError(
                .unsupported, "has elements of type \(ElementType.name(of: dataType))", at: place)
        }
        let shape = try SafeShape.checked(
            dims, itemSize: dtype.itemSize, limit: limit, at: place)
        let count = shape.reduce(1, *)
        guard hasRawData else { return try typed(dtype, shape: shape, count: count, at: place) }

        guard typedCount == 0 else {
            throw ONNXError(.damaged, "has its data twice, raw and typed", at: place)
        }
        guard rawData.count == count * dtype.itemSize else {
            throw ONNXError(
                .damaged,
                "has \(rawData.count) bytes of data where \(dtype) \(shape) takes "
                    + "\(count * dtype.itemSize)", at: place)
        }
        if dtype == .bool, rawData.contains(where: { $0 > 1 }) {
            throw ONNXError(.damaged, "has a bool that is neither 0 nor 1", at: place)
        }
        var tensor = Tensor(uninitialized: shape, dtype: dtype)
        tensor.withUnsafeMutableBytes { _ = rawData.copyBytes(to: $0) }
        return tensor
    }

    private var typedCount: Int {
        floatData.count + int32Data.count + int64Data.count + doubleData.count + uint64Data.count
            + stringData.count
    }

    /// Data as a list of numbers, as other programs write small constants.
    private func typed(
        _ dtype: DType, shape: [Int], count: Int, at place: String
    ) throws(ONNXError) -> Tensor {
        let available: Int
        switch dtype {
        case .float32: available = floatData.count
        case .float64: available = doubleData.count
        case .int64: available = int64Data.count
        case .int32, .uint8, .bool: available = int32Data.count
        case .float16, .bfloat16:
            throw ONNXError(.unsupported, "has \(dtype) elements that are not raw", at: place)
        }
        guard available == count, typedCount == count else {
            throw ONNXError(
                .damaged, "has \(typedCount) numbers where \(dtype) \(shape) takes \(count)",
                at: place)
        }
        switch dtype {
        case .float64: return Tensor(doubleData, shape: shape)
        case .int64: return Tensor(int64Data, shape: shape)
        case .int32: return Tensor(int32Data, shape: shape)
        case .uint8, .bool:
            let greatest = dtype == .bool ? 1 : 255
            guard int32Data.allSatisfy({ (0...Int32(greatest)).contains($0) }) else {
                throw ONNXError(.damaged, "has a \(dtype) outside 0...\(greatest)", at: place)
            }
            return dtype == .bool
                ? Tensor(int32Data.map { $0 == 1 }, shape: shape)
                : Tensor(int32Data.map(UInt8.init), shape: shape)
        default: return Tensor(floatData, shape: shape)
        }
    }
}
