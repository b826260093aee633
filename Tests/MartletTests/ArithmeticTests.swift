import Martlet
import MartletTesting
import Testing

@Suite("Arithmetic")
struct ArithmeticTests {
    private typealias Made = @Sendable (FixtureArguments) throws -> Function

    /// An operation with one number as its argument.
    private static func number(
        _ name: String, _ function: @escaping @Sendable ([Tensor], Double) -> Tensor
    ) -> Made {
        { arguments in
            let value = try arguments.double(name)
            return { [function($0, value)] }
        }
    }

    private static func whole(
        _ name: String, _ function: @escaping @Sendable ([Tensor], Int) -> Tensor
    ) -> Made {
        { arguments in
            let value = try arguments.int(name)
            return { [function($0, value)] }
        }
    }

    private static let operations: FixtureOperations = [
        "deg2rad": one { $0.deg2rad() }, "rad2deg": one { $0.rad2deg() },
        "sinc": one { $0.sinc() }, "logit": one { $0.logit() }, "frac": one { $0.frac() },
        "exp2": one { $0.exp2() }, "lgamma": one { $0.lgamma() },
        "digamma": one { $0.digamma() }, "trigamma": one { $0.trigamma() },
        "erfinv": one { $0.erfinv() }, "isPosInf": one { $0.isPosInf() },
        "isNegInf": one { $0.isNegInf() }, "signbit": one { $0.signbit() },
        "bitwiseNot": one { ~$0 }, "not": one { !$0 },
        "logitEps": number("eps") { $0[0].logit(epsilon: $1) },
        "nanToNum": { arguments in
            guard arguments.has("nan") else { return { [$0[0].nanToNum()] } }
            let nan = try arguments.double("nan")
            let (high, low) = (try arguments.double("positive"), try arguments.double("negative"))
            return { [$0[0].nanToNum(nan: nan, positiveInfinity: high, negativeInfinity: low)] }
        },
        "clamp": { arguments in
            let low = arguments.has("low") ? try arguments.double("low") : nil
            let high = arguments.has("high") ? try arguments.double("high") : nil
            return { [$0[0].clamp(min: low ?? -.infinity, max: high ?? .infinity)] }
        },
        "clampTensors": { arguments in
            let (low, high) = (arguments.has("low"), arguments.has("high"))
            return { [$0[0].clamp(min: low ? $0[1] : nil, max: high ? $0[low ? 2 : 1] : nil)] }
        },
        "hypot": two { $0.hypot($1) }, "copysign": two { $0.copysign($1) },
        "logAddExp": two { $0.logAddExp($1) }, "logAddExp2": two { $0.logAddExp2($1) },
        "truncDivide": two { $0.truncDivide($1) }, "floorDivide": two { $0.floorDivide($1) },
        "xlogy": two { $0.xlogy($1) }, "heaviside": two { $0.heaviside($1) },
        "lerp": number("weight") { $0[0].lerp($0[1], weight: $1) },
        "lerpTensor": many { [$0[0].lerp($0[1], weight: $0[2])] },
        "addcmul": number("value") { $0[0].addcmul($0[1], $0[2], value: $1) },
        "addcdiv": number("value") { $0[0].addcdiv($0[1], $0[2], value: $1) },
        "floorDivideNumber": number("value") { $0[0].floorDivide($1) },
        "remainderNumber": number("value") { $0[0].remainder($1) },
        "fmodNumber": number("value") { $0[0].fmod($1) },
        "percent": number("value") { x, value in
            Int(exactly: value).map { x[0] % $0 } ?? x[0] % value
        },
        "percentTensor": two { $0 % $1 },
        "plus": many { [$0[0] + 1.5, 1.5 + $0[0]] },
        "minus": many { [$0[0] - 1.5, 1.5 - $0[0]] },
        "times": many { [$0[0] * 1.5, 1.5 * $0[0]] },
        "over": many { [$0[0] / 1.5, 1.5 / $0[0]] },
        "plusWhole": many { [$0[0] + 2, 2 + $0[0]] },
        "minusWhole": many { [$0[0] - 2, 2 - $0[0]] },
        "timesWhole": many { [$0[0] * 2, 2 * $0[0]] },
        "overWhole": many { [$0[0] / 2, 2 / $0[0]] },
        "powWhole": whole("exponent") { $0[0].pow($1) },
        "numberPow": number("base") { Tensor.pow($1, $0[0]) },
        "and": two { $0 & $1 }, "or": two { $0 | $1 }, "xor": two { $0 ^ $1 },
        "shiftLeft": two { $0 << $1 }, "shiftRight": two { $0 >> $1 },
        "gcd": two { $0.gcd($1) }, "lcm": two { $0.lcm($1) },
        "isClose": { arguments in
            let (rtol, atol) = (try arguments.double("rtol"), try arguments.double("atol"))
            let equalNaN = try arguments.bool("equalNaN")
            return { [$0[0].isClose($0[1], rtol: rtol, atol: atol, equalNaN: equalNaN)] }
        },
        "allClose": many { [Tensor([$0[0].allClose($0[1]), $0[0].allClose($0[1] + 1)])] },
    ]

    @Test(arguments: try fixtures("arithmetic"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // Trigamma has no gradient; the greatest number, and so what infinity becomes, is the type's, and
        // beside it nothing else counts in a difference.
        let isTypes = fixture.operation == "nanToNum"
        try fixture.check(
            ArithmeticTests.operations, gradcheck: !isTypes,
            secondDerivatives: !isTypes && fixture.operation != "digamma",
            doublePrecision: !isTypes)
    }

    @Test func theGreatestNumbersOfFloat64() {
        let x = Tensor([.nan, .infinity, -.infinity, 1.5]).nanToNum()
        let most = Double.greatestFiniteMagnitude
        #expect(x.array(as: Double.self) == [0, most, -most, 1.5])
    }

    @Test func integersDivideByZeroWithoutATrap() {
        let x = Tensor([7, -7, 0])
        let zero = Tensor([0, 0, 0])
        for y in [x.floorDivide(zero), x.truncDivide(zero), x.remainder(zero), x.fmod(zero)] {
            #expect(y.array(as: Int.self) == [0, 0, 0])
        }
    }

    @Test func theGradientOfNaNReachesBothOperands() {
        let (a, b) = (Tensor([1, Double.nan]).requiringGrad(), Tensor([2, 3.0]).requiringGrad())
        (a.maximum(b).sum() + a.minimum(b).sum()).backward()
        #expect(a.grad?.array(as: Double.self) == [1, 2])
        #expect(b.grad?.array(as: Double.self) == [1, 2])
    }
}
