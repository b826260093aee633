import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

@testable import MartletONNX

/// Runs the closure with a folder that is removed afterwards.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = NSTemporaryDirectory() + "/martlet-onnx-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// A layer that is a function, perhaps with weights.
final class Function: Layer {
    let weights: [Parameter]
    private let body: (Tensor, [Tensor]) -> Tensor

    init(_ weights: [Tensor] = [], _ body: @escaping (Tensor, [Tensor]) -> Tensor) {
        self.weights = weights.map { Parameter($0) }
        self.body = body
    }

    convenience init(_ body: @escaping (Tensor) -> Tensor) { self.init { x, _ in body(x) } }

    func forward(_ x: Tensor, _ context: Context) -> Tensor { body(x, weights.map(\.value)) }
}

/// A small network with all that image classifiers are made of.
final class TinyNet: Layer {
    let conv1 = Conv2d(1, 4, kernelSize: 3, padding: 1)
    let bn1 = BatchNorm2d(4)
    let pool = MaxPool2d(kernelSize: 2)
    let fc = Linear(4 * 4 * 4, 3)

    func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let y = pool(bn1(conv1(x, context), context).relu(), context)
        return fc(y.flatten(from: 1), context)
    }
}

func random(_ shape: [Int], seed: UInt64 = 5) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor.randn(shape, generator: &generator)
}

// MARK: Files made by hand

func node(
    _ type: String, _ inputs: [String], _ outputs: [String],
    _ attributes: [String: ONNXAttribute] = [:]
) -> ONNXNodeProto {
    var proto = ONNXNodeProto()
    proto.opType = type
    proto.name = "the \(type)"
    proto.input = inputs
    proto.output = outputs
    proto.attribute = attributes.map { GraphWriter.attribute($0.key, $0.value) }
    return proto
}

/// A model of one input `x` and one output `y`; -1 stands for an unknown size.
func model(
    input: [Int], dtype: DType = .float32, output: DType? = nil, outputRank: Int? = nil,
    constants: [(String, Tensor)] = [], _ nodes: [ONNXNodeProto]
) -> ONNXModelProto {
    func port(_ name: String, _ dtype: DType, _ sizes: [Int]) -> ONNXValueInfoProto {
        var proto = ONNXValueInfoProto()
        proto.name = name
        proto.type.tensorType.elemType = ElementType.code(of: dtype)
        proto.type.tensorType.shape.dim = sizes.enumerated().map { index, size in
            var dimension = ONNXTensorShapeProto.Dimension()
            if size >= 0 {
                dimension.dimValue = Int64(size)
            } else {
                dimension.dimParam = "\(name)\(index)"
            }
            return dimension
        }
        return proto
    }
    var proto = ONNXModelProto()
    proto.irVersion = 8
    var opset = ONNXOperatorSetIdProto()
    opset.version = 17
    proto.opsetImport = [opset]
    proto.graph.name = "test"
    proto.graph.input = [port("x", dtype, input)]
    let rank = outputRank ?? input.count
    proto.graph.output = [
        port("y", output ?? dtype, [Int](repeating: -1, count: rank))
    ]
    proto.graph.initializer = constants.map { ONNXTensorProto(name: $0.0, $0.1) }
    proto.graph.node = nodes
    return proto
}

func bytes(_ proto: ONNXModelProto) throws -> [UInt8] { [UInt8](try proto.serializedData()) }

/// The error that reading and running some bytes ends with; nil for none.
func error(_ proto: ONNXModelProto, running x: Tensor? = nil) throws -> ONNXError? {
    do {
        let model = try ONNXModel(bytes: try bytes(proto))
        if let x { _ = try model.run(["x": x]) }
        return nil
    } catch let error as ONNXError {
        return error
    }
}
