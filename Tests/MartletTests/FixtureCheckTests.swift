import Foundation
import Martlet
import MartletTesting
import Testing

@Suite("Checks of fixtures")
struct FixtureCheckTests {
    /// A case of doubling, written to a file and read again.
    private func doubling() throws -> FixtureCase {
        let values = #"{"type": "float32", "shape": [2, 2], "values": [1, 2, 3, 4]}"#
        let doubled = #"{"type": "float32", "shape": [2, 2], "values": [2, 4, 6, 8]}"#
        let ones = #"{"type": "float32", "shape": [2, 2], "values": [1, 1, 1, 1]}"#
        let twos = #"{"type": "float32", "shape": [2, 2], "values": [2, 2, 2, 2]}"#
        let text = """
            {"cases": [{"operation": "double", "name": "values", "inputs": [\(values)],
              "outputs": [\(doubled)], "weights": [\(ones)], "gradients": [\(twos)]}]}
            """
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(text.utf8).write(to: folder.appendingPathComponent("doubling.json"))
        return try #require(try FixtureCase.load("doubling", in: folder).first)
    }

    @Test func whatIsRightPasses() throws {
        try doubling().check(["double": one { $0 * 2 }], secondDerivatives: true)
    }

    private static let mistakes: FixtureOperations = [
        "only row-major inputs are right": one { $0.isContiguous ? $0 * 2 : $0 * 3 },
        "only float32 is right": one { $0.dtype == .float64 ? $0 * 3 : $0 * 2 },
        "everything becomes float32": one { $0.to(.float32) * 2 },
        "the gradient is wrong": one { $0 * 3 - $0.detach() },
        "no gradient flows": one { $0.detach() * 2 },
        "the shape is wrong": one { ($0 * 2).flatten() },
    ]

    @Test(arguments: mistakes.keys.sorted()) func whatIsWrongIsFound(_ name: String) throws {
        let fixture = try doubling()
        let mistake = try #require(FixtureCheckTests.mistakes[name])
        withKnownIssue { try fixture.check(["double": mistake], gradcheck: false) }
    }

    @Test func anOperationThatIsMissingIsAnError() throws {
        let fixture = try doubling()
        #expect(throws: FixtureError.self) { try fixture.check([:]) }
    }
}
