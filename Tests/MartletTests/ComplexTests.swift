import Martlet
import MartletTesting
import Testing

@Suite("Complex numbers")
struct ComplexTests {
    private static func two(
        _ function: @escaping @Sendable (ComplexTensor, ComplexTensor) -> ComplexTensor
    ) -> FixtureOperations.Value {
        many {
            let z = function(
                ComplexTensor(real: $0[0], imaginary: $0[1]),
                ComplexTensor(real: $0[2], imaginary: $0[3]))
            return [z.real, z.imaginary]
        }
    }

    private static func one(
        _ function: @escaping @Sendable (ComplexTensor) -> [Tensor]
    ) -> FixtureOperations.Value {
        many { function(ComplexTensor(real: $0[0], imaginary: $0[1])) }
    }

    private static let operations: FixtureOperations = [
        "add": two { $0 + $1 }, "sub": two { $0 - $1 }, "mul": two { $0 * $1 },
        "div": two { $0 / $1 }, "matmul": two { $0.matmul($1) }, "abs": one { [$0.abs()] },
        "angle": one { [$0.angle()] },
        "conjugate": one { [$0.conjugate.real, $0.conjugate.imaginary] },
        "polar": many {
            let z = ComplexTensor(abs: $0[0], angle: $0[1])
            return [z.real, z.imaginary]
        },
    ]

    @Test(arguments: try fixtures("complex"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ComplexTests.operations)
    }
}
