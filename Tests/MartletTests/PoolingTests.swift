import Martlet
import MartletTesting
import Testing

@Suite("Pooling")
struct PoolingTests {
    private static func geometry(_ arguments: FixtureArguments) throws -> PoolingGeometry {
        PoolingGeometry(
            kernel: try arguments.pair("kernel"), stride: try arguments.pair("stride"),
            padding: try arguments.pair("padding"),
            dilation: arguments.has("dilation") ? try arguments.pair("dilation") : (1, 1),
            ceilMode: try arguments.bool("ceil"))
    }

    private static let operations: FixtureOperations = [
        "maxPool2d": { arguments in
            let geometry = try geometry(arguments)
            return { [$0[0].maxPool2d(geometry)] }
        },
        "avgPool2d": { arguments in
            let (geometry, count) = (try geometry(arguments), try arguments.bool("count"))
            let divisor = arguments.has("divisor") ? try arguments.int("divisor") : nil
            return { [$0[0].avgPool2d(geometry, countIncludePad: count, divisor: divisor)] }
        },
        "adaptiveAvgPool2d": { arguments in
            let size = try arguments.pair("size")
            return { [$0[0].adaptiveAvgPool2d(size)] }
        },
        "adaptiveMaxPool2d": { arguments in
            let size = try arguments.pair("size")
            return { [$0[0].adaptiveMaxPool2d(size)] }
        },
    ]

    @Test(arguments: try fixtures("pooling"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(PoolingTests.operations)
    }
}
