import Foundation
import Martlet
import MartletTesting
import Testing

@testable import MartletONNX

@Suite struct ReaderTests {
    private let relu = [node("Relu", ["x"], ["y"])]

    /// A file that is fine, then changed.
    private func changed(_ change: (inout ONNXModelProto) -> Void) throws -> ONNXError? {
        var proto = model(input: [2], constants: [("w", Tensor([1, 2] as [Float]))], relu)
        #expect(try error(proto) == nil)
        change(&proto)
        return try error(proto)
    }

    private func weight(_ change: (inout ONNXTensorProto) -> Void) throws -> ONNXError? {
        try changed { change(&$0.graph.initializer[0]) }
    }

    @Test func filesThatAreNoModelsAreRefused() throws {
        #expect(throws: ONNXError.self) { try ONNXModel(bytes: []) }
        #expect(throws: ONNXError.self) { try ONNXModel(bytes: Array("not a model".utf8)) }
        #expect(throws: ONNXError.self) { try ONNXModel(contentsOf: "/nowhere/at/all.onnx") }
        #expect(throws: ONNXError.self) { try ONNXModel(contentsOf: "/tmp") }
        #expect(throws: ONNXError.self) { try ONNXModel(contentsOf: "/dev/zero") }
    }

    @Test func filesBeyondTheLimitsAreRefused() throws {
        let data = try bytes(model(input: [2], relu))
        var limits = ONNXModel.Limits()
        limits.fileBytes = data.count - 1
        #expect(throws: ONNXError.self) { try ONNXModel(bytes: data, limits: limits) }
        limits = ONNXModel.Limits()
        limits.nodes = 0
        #expect(throws: ONNXError.self) { try ONNXModel(bytes: data, limits: limits) }
        limits = ONNXModel.Limits()
        limits.tensorBytes = 4
        #expect(throws: ONNXError.self) { try ONNXModel(bytes: data, limits: limits) }
    }

    @Test("A8: unknown versions of the format and of the operators are refused")
    func versionsAreChecked() throws {
        #expect(try changed { $0.irVersion = 99 }?.kind == .unsupported)
        #expect(try changed { $0.clearIrVersion() }?.kind == .damaged)
        #expect(try changed { $0.opsetImport = [] }?.kind == .damaged)
        #expect(try changed { $0.opsetImport[0].version = 21 }?.kind == .unsupported)
        #expect(try changed { $0.opsetImport.append($0.opsetImport[0]) }?.kind == .damaged)
        #expect(try changed { $0.clearGraph() }?.kind == .damaged)
        #expect(try changed { $0.functions = [.init()] }?.kind == .unsupported)
    }

    @Test("A8: duplicate, negative, overflowing and contradictory initializers are named")
    func weightsThatContradictThemselvesAreNamed() throws {
        let short = try weight { $0.rawData = $0.rawData.dropLast() }
        #expect(short?.kind == .damaged)
        #expect(short?.place == "initializer 'w'")
        #expect(try weight { $0.dims = [3] }?.kind == .damaged)
        #expect(try weight { $0.dims = [-2] }?.kind == .damaged)
        #expect(try weight { $0.dims = [1 << 40, 1 << 40] }?.kind == .limit)
        #expect(try weight { $0.dims = [0, 1 << 62] }?.kind == .limit)
        #expect(try weight { $0.dims = .init(repeating: 1, count: 1000) }?.kind == .damaged)
        #expect(try weight { $0.floatData = [1] }?.kind == .damaged)
        #expect(try weight { $0.clearRawData() }?.kind == .damaged)
        #expect(try weight { $0.dataType = 8 }?.kind == .unsupported)
        #expect(try weight { $0.dataType = 4711 }?.kind == .unsupported)
        #expect(try weight { $0.name = "" }?.kind == .damaged)
        #expect(try weight { $0.segment = .init() }?.kind == .unsupported)
        #expect(
            try changed { $0.graph.initializer.append($0.graph.initializer[0]) }?.kind == .damaged)
        #expect(try changed { $0.graph.sparseInitializer = [.init()] }?.kind == .unsupported)
        let bools = try weight {
            $0.dataType = 9
            $0.rawData = Data([1, 2])
        }
        #expect(bools?.kind == .damaged)
    }

    @Test("A9: data in another file are refused by its name") func dataInOtherFilesIsNeverRead()
        throws
    {
        let external = try weight {
            var entry = ONNXStringStringEntryProto()
            entry.key = "location"
            entry.value = "../../etc/passwd"
            $0.externalData = [entry]
            $0.dataLocation = .external
            $0.clearRawData()
        }
        #expect(external?.kind == .unsupported)
        #expect(external?.place == "initializer 'w'")
        #expect(external?.reason.contains("'../../etc/passwd'") == true)
    }

    @Test func typedNumbersAreRead() throws {
        var proto = model(input: [2], relu)
        var list = ONNXTensorProto()
        list.name = "w"
        list.dims = [2]
        list.dataType = 7
        list.int64Data = [3, -4]
        proto.graph.initializer = [list]
        let read = try ONNXModel(bytes: try bytes(proto)).initializers["w"]
        #expect(read?.array(as: Int.self) == [3, -4])
    }

    @Test("A8: missing types are named") func portsNeedTypes() throws {
        #expect(try changed { $0.graph.input[0].clearType() }?.kind == .damaged)
        #expect(try changed { $0.graph.output[0].clearType() }?.kind == .damaged)
        #expect(try changed { $0.graph.input[0].type.tensorType.elemType = 0 } != nil)
        #expect(try changed { $0.graph.input[0].name = "" }?.kind == .damaged)
        #expect(try changed { $0.graph.input.append($0.graph.input[0]) }?.kind == .damaged)
        #expect(try changed { $0.graph.output = [] }?.kind == .damaged)
        #expect(try changed { $0.graph.output[0].name = "z" }?.kind == .damaged)
        let negative = try changed {
            $0.graph.input[0].type.tensorType.shape.dim[0].dimValue = -3
        }
        #expect(negative?.kind == .damaged)
    }

    @Test("A8: cycles, loose ends and unknown operators are named")
    func cyclesAndLooseEndsAreNamed() throws {
        let cycle = try changed {
            $0.graph.node = [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"])]
            $0.graph.output[0].name = "b"
        }
        #expect(cycle?.place == "node 'the Add' ('Add')" || cycle?.place == "node 'the Add' (Add)")
        #expect(cycle?.reason.contains("cycle") == true)
        #expect(try changed { $0.graph.node[0].input = ["nobody"] }?.kind == .damaged)
        #expect(try changed { $0.graph.node.append($0.graph.node[0]) }?.kind == .damaged)
        #expect(try changed { $0.graph.node[0].opType = "" }?.kind == .damaged)
        #expect(try changed { $0.graph.node[0].domain = "com.example" }?.kind == .unsupported)
        let unknown = try changed { $0.graph.node[0].opType = "Loop" }
        #expect(unknown?.kind == .unsupported)
        #expect(unknown?.description.contains("Loop") == true)
    }

    @Test func attributesAreChecked() throws {
        let flag = GraphWriter.attribute("alpha", .float(1))
        #expect(try changed { $0.graph.node[0].attribute = [flag, flag] }?.kind == .damaged)
        let cases: [(inout ONNXAttributeProto) -> Void] = [
            { $0.type = .undefined }, { $0.type = .graph }, { $0.type = .tensor }, { $0.name = "" },
            { $0.refAttrName = "other" },
            {
                $0.type = .string
                $0.s = Data([0xff])
            },
        ]
        for change in cases {
            var attribute = flag
            change(&attribute)
            #expect(try changed { $0.graph.node[0].attribute = [attribute] } != nil)
        }
    }

    @Test("A8: deep nesting is refused") func deepNestingIsRefused() throws {
        // An attribute that holds a graph that holds a node that holds an attribute ...
        var inner = ONNXGraphProto()
        for _ in 0..<200 {
            var attribute = ONNXAttributeProto()
            attribute.name = "body"
            attribute.type = .graph
            attribute.g = inner
            var wrapper = node("Relu", ["x"], ["y"])
            wrapper.attribute = [attribute]
            inner = ONNXGraphProto()
            inner.node = [wrapper]
        }
        #expect(try changed { $0.graph = inner }?.kind == .damaged)
    }

    @Test func inputsThatDoNotFitAreNamed() throws {
        let read = try ONNXModel(bytes: try bytes(model(input: [2], relu)))
        let good = Tensor([1, 2] as [Float])
        let bad: [[String: Tensor]] = [
            [:], ["x": Tensor([1, 2, 3] as [Float])], ["x": Tensor([1, 2] as [Double])],
            ["x": good, "z": good],
        ]
        for values in bad {
            let error = #expect(throws: ONNXError.self) { try read.run(values) }
            #expect(error?.kind == .input)
        }
    }
}

/// Whatever happens to a file, reading and running it ends with a result or an `ONNXError`.
@Suite struct DamagedFileTests {
    private static func good() throws -> [UInt8] {
        try withTemporaryFolder { folder in
            try exportONNX(TinyNet(), inputShape: [1, 1, 8, 8], to: folder + "/net.onnx")
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/net.onnx")))
        }
    }

    /// Reads and runs; errors of any other kind fail the test.
    private func survive(_ bytes: [UInt8], _ x: Tensor) throws {
        var limits = ONNXModel.Limits()
        limits.tensorBytes = 1 << 24
        do {
            let model = try ONNXModel(bytes: bytes, limits: limits)
            _ = try model.run(["input": x])
        } catch is ONNXError {
        }
    }

    @Test("A8, A11: a model cut at any length is an error") func everyTruncationIsRefused() throws {
        let good = try Self.good()
        for length in 0..<good.count {
            // Cut between two fields of the model itself, the rest may be a whole file; the
            // graph comes last but for the metadata, so that never holds a shorter model.
            #expect(throws: ONNXError.self, "cut at \(length)") {
                try ONNXModel(bytes: Array(good[..<length]))
            }
        }
    }

    @Test func flippedBitsNeverCrash() throws {
        let good = try Self.good()
        let x = random([2, 1, 8, 8])
        try survive(good, x)
        var generator = Generator(seed: 23)
        for _ in 0..<4000 {
            var damaged = good
            for _ in 0..<generator.integer(in: 1..<4) {
                damaged[generator.integer(in: 0..<good.count)] ^=
                    1 << UInt8(generator.integer(in: 0..<8))
            }
            try survive(damaged, x)
        }
    }
}
