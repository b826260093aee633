internal import CKernels

/// The type of a tensor's elements.
///
/// `float16` and `bfloat16` are for storage and mixed precision; arithmetic on them computes in
/// `float32`.
public enum DType: UInt32, CaseIterable, Sendable, CustomStringConvertible {
    case float32 = 0
    case float64 = 1
    case float16 = 2
    case bfloat16 = 3
    case int64 = 4
    case int32 = 5
    case uint8 = 6
    case bool = 7

    /// Bytes an element takes.
    public var itemSize: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .uint8, .bool: 1
        }
    }

    /// Whether values are floating-point numbers, so that gradients exist.
    public var isFloatingPoint: Bool { rawValue <= DType.bfloat16.rawValue }

    /// Whether this is float16 or bfloat16.
    package var isHalf: Bool { self == .float16 || self == .bfloat16 }

    /// PyTorch's name without its prefix: `float32`, `bool`, ...
    public var name: String { String(describing: self) }

    public var description: String {
        switch self {
        case .float32: "float32"
        case .float64: "float64"
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .int64: "int64"
        case .int32: "int32"
        case .uint8: "uint8"
        case .bool: "bool"
        }
    }

    /// The type a product of two operands of these types has (PyTorch's promotion of tensors that
    /// have dimensions).
    public static func promoted(_ a: DType, _ b: DType) -> DType {
        if a == b { return a }
        if a.category != b.category { return a.category > b.category ? a : b }
        switch (a, b) {
        case (.float64, _), (_, .float64): return .float64
        case (.int64, _), (_, .int64): return .int64
        case (.int32, _), (_, .int32): return .int32
        default: return .float32  // float32 with a half type, or the two half types together
        }
    }

    /// bool < integer < floating point: an operand without dimensions promotes only across these.
    var category: Int { self == .bool ? 0 : isFloatingPoint ? 2 : 1 }

    /// The type of sums: integers and bools add up in `int64`.
    var accumulated: DType { isFloatingPoint ? self : .int64 }

    var kernel: mt_dtype { mt_dtype(rawValue: rawValue) }
}

/// A Swift type whose values can be a tensor's elements.
public protocol TensorScalar: Sendable {
    /// The element type that stores values of this type.
    static var dtype: DType { get }
}

extension Float: TensorScalar { public static var dtype: DType { .float32 } }
extension Double: TensorScalar { public static var dtype: DType { .float64 } }
extension Float16: TensorScalar { public static var dtype: DType { .float16 } }
extension Int: TensorScalar { public static var dtype: DType { .int64 } }
extension Int64: TensorScalar { public static var dtype: DType { .int64 } }
extension Int32: TensorScalar { public static var dtype: DType { .int32 } }
extension UInt8: TensorScalar { public static var dtype: DType { .uint8 } }
extension Bool: TensorScalar { public static var dtype: DType { .bool } }
