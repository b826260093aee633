import Martlet
import MartletTesting
import Testing

@Suite("Creation")
struct CreationTests {
    private static func shaped(
        _ function: @escaping @Sendable ([Int], DType) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let (shape, dtype) = (try arguments.ints("shape"), try arguments.dtype() ?? .float32)
            return { _ in [function(shape, dtype)] }
        }
    }

    private static func like(
        _ function: @escaping @Sendable (Tensor, DType?) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dtype = try arguments.dtype()
            return { [function($0[0], dtype)] }
        }
    }

    private static let operations: FixtureOperations = [
        "zeros": shaped { Tensor.zeros($0, dtype: $1) },
        "ones": shaped { Tensor.ones($0, dtype: $1) },
        "full": { arguments in
            let value = try arguments.double("value")
            return try shaped { Tensor.full($0, value, dtype: $1) }(arguments)
        },
        "zerosLike": like { $0.zerosLike(dtype: $1) },
        "onesLike": like { $0.onesLike(dtype: $1) },
        "fullLike": { arguments in
            let value = try arguments.double("value")
            return try like { $0.fullLike(value, dtype: $1) }(arguments)
        },
        "eye": { arguments in
            let (n, m) = (try arguments.int("n"), try arguments.dim("m"))
            let dtype = try arguments.dtype() ?? .float32
            return { _ in [Tensor.eye(n, m, dtype: dtype)] }
        },
        "arange": { arguments in
            let (start, end) = (try arguments.int("start"), try arguments.int("end"))
            let (step, dtype) = (try arguments.int("step"), try arguments.dtype() ?? .int64)
            return { _ in [Tensor.arange(start, end, step: step, dtype: dtype)] }
        },
        "arangeReal": { arguments in
            let (start, end) = (try arguments.double("start"), try arguments.double("end"))
            let step = try arguments.double("step")
            return { _ in [Tensor.arange(start, end, step: step)] }
        },
        "linspace": { arguments in
            let (start, end) = (try arguments.double("start"), try arguments.double("end"))
            let (count, dtype) = (try arguments.int("count"), try arguments.dtype() ?? .float32)
            return { _ in [Tensor.linspace(start, end, count: count, dtype: dtype)] }
        },
        "logspace": { arguments in
            let (start, end) = (try arguments.double("start"), try arguments.double("end"))
            let (count, base) = (try arguments.int("count"), try arguments.double("base"))
            return { _ in [Tensor.logspace(start, end, count: count, base: base)] }
        },
    ]

    @Test(arguments: try fixtures("creation"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(
            CreationTests.operations, doublePrecision: !fixture.arguments.has("type"))
    }

    @Test func arraysOfAnyDepthBecomeTensors() {
        #expect(Tensor(2.5).shape == [] && Tensor(2.5).dtype == .float64)
        #expect(Tensor([[[1, 2]], [[3, 4]]]).shape == [2, 1, 2])
        #expect(Tensor([[true], [false]]).dtype == .bool)
        #expect(Tensor([[1, 2], [3, 4]], dtype: .float16).dtype == .float16)
        #expect(Tensor([[Float]]([])).shape == [0, 0] && Tensor([[Int](), []]).shape == [2, 0])
        #expect(Tensor([1, 2, 3, 4], shape: [2, 2])[1, 0].item(as: Int.self) == 3)
        #expect(Tensor([1, 0] as [UInt8]).dtype == .uint8 && Tensor(1 as Int32).dtype == .int32)
    }

    @Test func likenessKeepsTheLayout() {
        let last = Tensor.ones([1, 2, 3, 4]).channelsLast()
        for y in [last.zerosLike(), last.onesLike(), last.fullLike(2), last.emptyLike()] {
            #expect(y.isChannelsLast && !y.isContiguous && y.shape == last.shape)
        }
        #expect(last.emptyLike(dtype: .int32).dtype == .int32)
    }

    @Test func elementsComeBackInAnyType() {
        let x = Tensor([[1.5, -2], [0, 3]]).T
        #expect(x.array(as: Double.self) == [1.5, 0, -2, 3])
        #expect(x.array(as: Int.self) == [1, 0, -2, 3])
        #expect(x[0, 0].item() == 1.5 && x[1, 0].item(as: Bool.self))
    }
}
