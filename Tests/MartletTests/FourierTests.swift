import Martlet
import MartletTesting
import Testing

@Suite("Fourier transforms")
struct FourierTests {
    private static func setting(_ arguments: FixtureArguments) throws -> (Int?, Int, FourierNorm) {
        (
            arguments.has("n") ? try arguments.int("n") : nil,
            arguments.has("dim") ? try arguments.int("dim") : -1,
            arguments.has("norm")
                ? try #require(FourierNorm(rawValue: try arguments.string("norm"))) : .backward
        )
    }

    private static func complex(
        _ function: @escaping @Sendable (ComplexTensor, (Int?, Int, FourierNorm)) -> ComplexTensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let setting = try setting(arguments)
            return { inputs in
                let y = function(ComplexTensor(real: inputs[0], imaginary: inputs[1]), setting)
                return [y.real, y.imaginary]
            }
        }
    }

    private static func real(
        _ function: @escaping @Sendable (Tensor) -> ComplexTensor
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { _ in
            { inputs in
                let y = function(inputs[0])
                return [y.real, y.imaginary]
            }
        }
    }

    private static let operations: FixtureOperations = [
        "fft": complex { $0.fft(n: $1.0, dim: $1.1, norm: $1.2) },
        "ifft": complex { $0.ifft(n: $1.0, dim: $1.1, norm: $1.2) },
        "ifft2": complex { x, _ in x.ifft2() },
        "irfft": { arguments in
            let n = try arguments.int("n")
            return { [ComplexTensor(real: $0[0], imaginary: $0[1]).irfft(n: n)] }
        },
        "rfft": real { $0.rfft() }, "fft2": real { $0.fft2() }, "rfft2": real { $0.rfft2() },
        "fftshift": one { $0.fftshift() }, "ifftshift": one { $0.ifftshift() },
        "fftfreq": { arguments in
            let (n, step) = (try arguments.int("n"), try arguments.double("step"))
            return { _ in [Tensor.fftfreq(n, step: step)] }
        },
        "rfftfreq": { arguments in
            let (n, step) = (try arguments.int("n"), try arguments.double("step"))
            return { _ in [Tensor.rfftfreq(n, step: step)] }
        },
    ]

    @Test(arguments: try fixtures("fourier"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(FourierTests.operations, halfPrecision: .unchecked)
    }

    @Test func transformsComeBack() {
        let x = numbers([3, 97])  // a prime
        expectClose(x.rfft().irfft(n: 97), x, atol: 1e-12)
        expectClose(x.fft2().ifft2().real, x, atol: 1e-12)
        expectClose(x.to(.float32).fft().ifft().real, x.to(.float32), atol: 1e-6)
    }
}
