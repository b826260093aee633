import Martlet
import MartletTesting
import Testing

@Suite("Operations of one tensor")
struct UnaryTests {
    private static let operations: FixtureOperations = [
        "neg": one { -$0 }, "abs": one { $0.abs() }, "sign": one { $0.sign() },
        "square": one { $0.square() }, "exp": one { $0.exp() }, "expm1": one { $0.expm1() },
        "log": one { $0.log() }, "log1p": one { $0.log1p() }, "log2": one { $0.log2() },
        "log10": one { $0.log10() }, "sqrt": one { $0.sqrt() }, "rsqrt": one { $0.rsqrt() },
        "reciprocal": one { $0.reciprocal() }, "sin": one { $0.sin() }, "cos": one { $0.cos() },
        "tan": one { $0.tan() }, "asin": one { $0.asin() }, "acos": one { $0.acos() },
        "atan": one { $0.atan() }, "sinh": one { $0.sinh() }, "cosh": one { $0.cosh() },
        "tanh": one { $0.tanh() }, "asinh": one { $0.asinh() }, "acosh": one { $0.acosh() },
        "atanh": one { $0.atanh() }, "erf": one { $0.erf() }, "erfc": one { $0.erfc() },
        "floor": one { $0.floor() }, "ceil": one { $0.ceil() }, "round": one { $0.round() },
        "trunc": one { $0.trunc() }, "logicalNot": one { $0.logicalNot() },
        "isNaN": one { $0.isNaN() }, "isInf": one { $0.isInf() },
        "isFinite": one { $0.isFinite() },
        "clamp": { arguments in
            let (low, high) = (try arguments.double("low"), try arguments.double("high"))
            return { [$0[0].clamp(min: low, max: high)] }
        },
        "to": { arguments in
            let name = try arguments.string("type")
            let dtype = try #require(DType.allCases.first { $0.name == name })
            return { [$0[0].to(dtype)] }
        },
    ]

    @Test(arguments: try fixtures("unary"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // Half types are too coarse for differences, and casts are about one type.
        let isCast = fixture.operation == "to"
        try fixture.check(
            UnaryTests.operations, gradcheck: !isCast, secondDerivatives: !isCast,
            doublePrecision: !isCast)
    }

    @Test func castsToHalfTypesRoundTrip() {
        let x = Tensor([0, 1, -2.5, 65504] as [Float])
        expectClose(x.to(.float16).to(.float32), x, rtol: 0, atol: 0)
        expectClose(
            x[0..<3].to(.bfloat16).to(.float32), x[0..<3], rtol: 0, atol: 0)
    }

    @Test func gradientsOfCastsComeBackInTheInputsType() {
        let x = Tensor([1.5, -2] as [Float]).requiringGrad()
        (x.to(.float64) * 2).sum().backward()
        expectClose(x.grad ?? Tensor(0), Tensor([2, 2] as [Float]))
    }
}
