import Martlet
import MartletTesting
import Testing

@Suite("Activations")
struct ActivationTests {
    private static let operations: FixtureOperations = [
        "relu": one { $0.relu() }, "relu6": one { $0.relu6() },
        "leakyReLU": one { $0.leakyReLU(negativeSlope: 0.2) }, "elu": one { $0.elu(alpha: 0.7) },
        "selu": one { $0.selu() }, "gelu": one { $0.gelu() },
        "geluTanh": one { $0.gelu(approximate: true) }, "silu": one { $0.silu() },
        "mish": one { $0.mish() }, "hardsigmoid": one { $0.hardsigmoid() },
        "hardswish": one { $0.hardswish() },
        "hardtanh": one { $0.hardtanh(min: -0.5, max: 1.5) }, "sigmoid": one { $0.sigmoid() },
        "logSigmoid": one { $0.logSigmoid() },
        "softplus": one { $0.softplus(beta: 1.5, threshold: 3) },
        "softsign": one { $0.softsign() }, "addReLU": two { $0.addReLU($1) },
    ]

    @Test(arguments: try fixtures("activations"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ActivationTests.operations, secondDerivatives: true)
    }
}
