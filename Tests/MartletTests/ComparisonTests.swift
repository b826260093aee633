import Martlet
import MartletTesting
import Testing

@Suite("Strict comparison")
struct ComparisonTests {
    @Test func equalTensorsAgree() {
        let x = Tensor([1, 2, .nan, .infinity] as [Float])
        #expect(difference(x, x) == nil)
        #expect(difference(Tensor([true, false]), Tensor([true, false])) == nil)
        #expect(difference(Tensor([Float]()), Tensor([Float]())) == nil)
    }

    @Test func typesMustAgree() {
        let found = difference(Tensor([1] as [Float]), Tensor([1] as [Double]))
        #expect(found?.description == "the type is float32, expected float64")
    }

    @Test func shapesMustAgreeEvenWhenTheElementsDo() {
        let x = Tensor([1, 2, 3] as [Float])
        #expect(
            difference(x, x.reshape([3, 1]))?.description == "the shape is [3], expected [3, 1]")
        // A prefix is not the whole.
        #expect(difference(x, x[0..<2]) != nil)
    }

    @Test func theWorstElementIsNamed() {
        let expected = Tensor([[1, 2], [3, 4]] as [[Float]])
        let actual = Tensor([[1, 2.5], [3, 5]] as [[Float]])
        #expect(
            difference(actual, expected)?.description
                == "2 of 4 elements differ; the worst, at [1, 1], is 5.0, expected 4.0")
    }

    @Test func tolerancesAreAbsoluteAndRelative() {
        let expected = Tensor([100.0, 0])
        #expect(difference(Tensor([101.0, 0]), expected, rtol: 0.011, atol: 0) == nil)
        #expect(difference(Tensor([101.0, 0]), expected, rtol: 0.009, atol: 0) != nil)
        #expect(difference(Tensor([100.0, 0.1]), expected, rtol: 0, atol: 0.11) == nil)
        #expect(difference(Tensor([100.0, 0.1]), expected, rtol: 0.5, atol: 0) != nil)
    }

    @Test func whatIsNotFiniteMustAgreeExactly() {
        let finite = Tensor([1.0])
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(difference(Tensor([value]), finite, rtol: 10, atol: 10) != nil)
            #expect(difference(finite, Tensor([value]), rtol: 10, atol: 10) != nil)
        }
        #expect(difference(Tensor([Double.infinity]), Tensor([-Double.infinity])) != nil)
    }

    @Test func integersMustBeEqual() {
        let big = 1 << 60
        #expect(difference(Tensor([big + 1]), Tensor([big])) != nil)
        #expect(difference(Tensor([3] as [UInt8]), Tensor([4] as [UInt8]), rtol: 1, atol: 1) != nil)
    }

    @Test func expectationsRecordIssues() {
        withKnownIssue { expectClose(Tensor([1.0]), Tensor([2.0]), "two") }
    }
}

@Suite("Finite differences")
struct GradcheckTests {
    /// x² whose gradient is right, wrong by a factor, or blind to the layout of the gradient.
    private struct Square: TensorOperation {
        var factor = 2.0
        var x: Tensor?

        init(factor: Double = 2) { self.factor = factor }

        mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
            if needsGradient[0] { x = inputs[0] }
            return [inputs[0] * inputs[0]]
        }

        func backward(_ gradients: [Tensor?]) -> [Tensor?] {
            guard let g = gradients[0], let x else { return [nil] }
            return [g * x * factor]
        }
    }

    /// a b, which remembers a only when the gradient of a is wanted: the wrong way round.
    private struct ForgetfulProduct: TensorOperation {
        var a: Tensor?
        var b: Tensor?

        init() {}

        mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
            if needsGradient[0] { a = inputs[0] }
            if needsGradient[1] { b = inputs[1] }
            return [inputs[0] * inputs[1]]
        }

        func backward(_ gradients: [Tensor?]) -> [Tensor?] {
            guard let g = gradients[0] else { return [nil, nil] }
            return [b.map { g * $0 }, a.map { g * $0 }]
        }
    }

    private let x = Tensor([[0.3, -0.7, 1.2], [0.5, 0.1, -0.4]])

    @Test func rightGradientsPass() {
        #expect(gradientErrors([x]) { [Tensor.apply(Square(), [$0[0]])[0]] }.isEmpty)
    }

    @Test func wrongGradientsAreFound() {
        let errors = gradientErrors([x]) { [Tensor.apply(Square(factor: 2.01), [$0[0]])[0]] }
        #expect(errors.count == 3, "one for each layout")
        #expect(errors.first?.hasPrefix("gradient of input 0, contiguous: 6 of 6") == true)
    }

    @Test func gradientsThatAreMissingWhenWantedAloneAreFound() {
        let errors = gradientErrors([x, x + 1]) {
            [Tensor.apply(ForgetfulProduct(), [$0[0], $0[1]])[0]]
        }
        #expect(errors.count == 2)
        #expect(errors.allSatisfy { $0.contains("wanted alone") })
    }

    @Test func detachedInputsAreFound() {
        #expect(!gradientErrors([x]) { [$0[0].detach() * 2 + $0[0]] }.isEmpty)
    }

    @Test func layoutsKeepValues() {
        let x = Tensor.arange(24, dtype: .float64).reshape([2, 3, 2, 2])
        for layout in TensorLayout.allCases {
            #expect(layout.fits(x))
            #expect(difference(layout.apply(x), x, rtol: 0, atol: 0) == nil)
            #expect(layout.apply(x).isContiguous == (layout == .contiguous))
        }
        #expect(TensorLayout.channelsLast.apply(x).isChannelsLast)
    }

    /// x² whose gradient forgets where it came from.
    private struct ForgottenSquare: TensorOperation {
        var x: Tensor?

        init() {}

        mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
            x = inputs[0]
            return [inputs[0] * inputs[0]]
        }

        func backward(_ gradients: [Tensor?]) -> [Tensor?] {
            guard let g = gradients[0], let x else { return [nil] }
            return [g * x.detach() * 2]
        }
    }

    @Test func wrongSecondDerivativesAreFound() {
        let function: ([Tensor]) -> [Tensor] = { [Tensor.apply(ForgottenSquare(), [$0[0]])[0]] }
        #expect(gradientErrors([x], function).isEmpty)
        let errors = secondDerivativeErrors([x], function)
        #expect(
            errors.first?.hasPrefix("second derivative: gradient of input 0, contiguous") == true)
        #expect(secondDerivativeErrors([x]) { [Tensor.apply(Square(), [$0[0]])[0]] }.isEmpty)
    }

    @Test func failuresAreRecorded() {
        withKnownIssue {
            gradcheck(x) { Tensor.apply(Square(factor: 3), [$0[0]])[0] }
        }
    }
}
