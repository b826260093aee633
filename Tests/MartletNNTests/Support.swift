import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

/// The cases of a file that `Tests/Reference` wrote.
func fixtures(_ name: String) throws -> [FixtureCase] {
    try FixtureCase.load(name, in: Bundle.module.resourceURL?.appendingPathComponent("Fixtures"))
}

/// Compares a module with a case whose inputs are the module's, its parameters and its buffers, and whose outputs are its
/// output and its buffers afterwards; names are compared, too.
func check(
    _ fixture: FixtureCase, _ module: any Module, _ body: @escaping ([Tensor], Context) -> Tensor
) throws {
    #expect(module.namedParameters().map(\.name) == (try fixture.arguments.strings("parameters")))
    #expect(module.namedBuffers().map(\.name) == (try fixture.arguments.strings("buffers")))
    let training = try fixture.arguments.bool("training")
    nonisolated(unsafe) let (tested, forward) = (module, body)
    let operation: @Sendable ([Tensor]) -> [Tensor] = { inputs in
        let (parameters, buffers) = (tested.namedParameters(), tested.namedBuffers())
        var rest = inputs.suffix(parameters.count + buffers.count)
        for (_, parameter) in parameters { parameter.put(rest.removeFirst()) }
        for (_, buffer) in buffers { buffer.value = rest.removeFirst() }
        let context = training ? Context.training(generator: Generator(seed: 0)) : .inference
        return [forward(inputs, context)] + buffers.map(\.buffer.value)
    }
    try fixture.check(
        [fixture.operation: { _ in operation }], atol: 2e-6)
}
