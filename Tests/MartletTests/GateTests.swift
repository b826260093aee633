import Martlet
import MartletTesting
import Testing

@Suite("Gates and thresholds")
struct GateTests {
    private static let operations: FixtureOperations = [
        "celu": one { $0.celu(alpha: 0.7) }, "hardshrink": one { $0.hardshrink(lambda: 0.75) },
        "softshrink": one { $0.softshrink(lambda: 0.75) }, "tanhshrink": one { $0.tanhshrink() },
        "threshold": one { $0.threshold(0.5, -2) }, "prelu": two { $0.prelu($1) },
        "glu": along { $0.glu(dim: $1) }, "softmin": along { $0.softmin(dim: $1) },
        "softmax": along { $0.softmax(dim: $1) }, "logSoftmax": along { $0.logSoftmax(dim: $1) },
    ]

    private static func along(
        _ function: @escaping @Sendable (Tensor, Int) -> Tensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let dim = try arguments.int("dim")
            return { [function($0[0], dim)] }
        }
    }

    @Test(arguments: try fixtures("gates"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(GateTests.operations)
    }

    @Test func channelsOfImagesStayInnermost() {
        let x = numbers([2, 3, 4, 5]).channelsLast()
        #expect(x.softmax(dim: 1).isChannelsLast)
        #expect(x.prelu(numbers([3])).isChannelsLast)
    }
}
