internal import Martlet

/// What a pickle's opcodes make. Compound values are places in `PickleHeap`, so that none is nested in another: neither a
/// deep pickle nor one that holds itself is any trouble.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    /// A number that nothing here depends on.
    case number
    case string(String)
    case tuple(Int)
    /// Its items were checked and dropped, as no state dict needs them.
    case list
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
    /// A device or a type of elements.
    case object

    /// For messages: `a tuple`, ...
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a bool"
        case .integer, .number: "a number"
        case .string: "a string"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global(let global): global.rawValue
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .object: "a device or type"
        }
    }
}

/// The functions and classes that a pickle may name. They are understood, never run.
enum PickleGlobal: String {
    case orderedDict = "collections.OrderedDict"
    case rebuildTensor = "torch._utils._rebuild_tensor_v2"
    case rebuildParameter = "torch._utils._rebuild_parameter"
    case size = "torch.Size"
    case device = "torch.device"
    case floatStorage = "torch.FloatStorage"
    case doubleStorage = "torch.DoubleStorage"
    case halfStorage = "torch.HalfStorage"
    case bfloat16Storage = "torch.BFloat16Storage"
    case longStorage = "torch.LongStorage"
    case intStorage = "torch.IntStorage"
    case byteStorage = "torch.ByteStorage"
    case boolStorage = "torch.BoolStorage"

    /// Types that PyTorch has and `DType` does not.
    private static let foreignStorages: Set<String> = [
        "torch.CharStorage", "torch.ShortStorage", "torch.ComplexFloatStorage",
        "torch.ComplexDoubleStorage", "torch.QUInt8Storage", "torch.QInt8Storage",
        "torch.QInt32Storage", "torch.QUInt4x2Storage", "torch.QUInt2x4Storage",
    ]
    /// PyTorch's names of element types, among them those that `DType` does not have.
    private static let types: Set<String> = Set(
        (DType.allCases.map(\.name)
            + ["int8", "int16", "uint16", "uint32", "uint64", "complex64", "complex128"])
            .map { "torch.\($0)" })

    /// Whether a name is that of a type of elements.
    static func isType(_ name: String) -> Bool { types.contains(name) }

    /// Why a name is refused.
    static func refusal(_ name: String) -> String {
        foreignStorages.contains(name)
            ? "elements of \(name), a type that Martlet does not have"
            : "the global \(quoted(name))"
    }

    /// What a storage holds; nil for anything else.
    var dtype: DType? {
        switch self {
        case .floatStorage: .float32
        case .doubleStorage: .float64
        case .halfStorage: .float16
        case .bfloat16Storage: .bfloat16
        case .longStorage: .int64
        case .intStorage: .int32
        case .byteStorage: .uint8
        case .boolStorage: .bool
        case .orderedDict, .rebuildTensor, .rebuildParameter, .size, .device: nil
        }
    }

    /// The storage of a type.
    static func storage(of dtype: DType) -> PickleGlobal {
        switch dtype {
        case .float32: .floatStorage
        case .float64: .doubleStorage
        case .float16: .halfStorage
        case .bfloat16: .bfloat16Storage
        case .int64: .longStorage
        case .int32: .intStorage
        case .uint8: .byteStorage
        case .bool: .boolStorage
        }
    }
}

/// A key of a dictionary.
enum PickleKey: Hashable {
    case string(String)
    case integer(Int)

    var text: String {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        }
    }
}

/// Memory that tensors view, as a pickle describes it.
struct PickleStorage: Equatable {
    /// The name of its record.
    let key: String
    let dtype: DType
    /// In elements.
    let count: Int
}

/// A view of a storage, which it was checked to lie in.
struct PickleTensor {
    let storage: Int
    /// In elements, as the strides are.
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}

/// The compound values of a pickle.
struct PickleHeap {
    var tuples: [[PickleValue]] = []
    var dictionaries: [[(key: PickleKey, value: PickleValue)]] = []
    var storages: [PickleStorage] = []
    var tensors: [PickleTensor] = []
}
