import Foundation
import Martlet
import Testing

@testable import MartletPipeline

private final class Inner: Settings {
    @Setting("a rate", in: 0...1) var rate = 0.5
    init() {}
}

private final class Example: Settings {
    @Setting("passes", in: 1...) var epochs = 3
    @Setting("a name") var name: String? = nil
    @Setting("a switch") var flip = true
    let optimizer = Inner()
    init() {}
}

@Suite struct SettingsTests {
    private func words(_ arguments: String...) throws -> [ConfigurationValue] {
        try ConfigurationValue.parse(arguments: arguments)
    }

    @Test func valuesAreTakenByDottedKey() throws {
        let example = Example()
        try example.apply(words("epochs=7", "optimizer.rate=0.25", "name=net", "flip=off"))
        #expect(example.epochs == 7)
        #expect(example.optimizer.rate == 0.25)
        #expect(example.name == "net")
        #expect(!example.flip)
    }

    @Test func everyProblemIsNamedAtOnce() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Example().apply(words("epoch=7", "optimizer.rate=2", "flip=perhaps", "epochs=x"))
        }
        #expect(error.problems.count == 4)
        #expect(error.problems[0].contains("\"epoch\"") && error.problems[0].contains("\"epochs\""))
        #expect(
            error.problems[1].contains("optimizer.rate: expected a number from 0 to 1, got \"2\""))
        #expect(error.problems[2].contains("true or false"))
        #expect(error.problems[3].contains("a whole number"))
        #expect(error.exitCode == 2)
    }

    @Test func aWordWithoutValueIsRefused() {
        #expect(throws: ConfigurationError.self) { try words("epochs") }
    }

    @Test func aKeyGivenTwiceIsRefused() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try words("epochs=1", "optimizer.rate=1", "epochs=2")
        }
        #expect(error.problems == ["epochs: it is given twice, as \"1\" and \"2\""])
    }

    @Test func aRefusedConfigurationStaysAsItWas() throws {
        let example = Example()
        #expect(throws: ConfigurationError.self) { try example.apply(words("epochs=0")) }
        #expect(example.epochs == 3)
    }

    @Test func yamlIsReadBack() throws {
        let example = Example()
        try example.apply(words("epochs=9", "optimizer.rate=0.125"))
        let path = NSTemporaryDirectory() + "settings-\(UUID()).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try example.yaml().write(toFile: path, atomically: true, encoding: .utf8)
        let copy = Example()
        try copy.apply(ConfigurationValue.read(path))
        #expect(copy.epochs == 9)
        #expect(copy.optimizer.rate == 0.125)
        #expect(copy.name == nil)
    }
}
