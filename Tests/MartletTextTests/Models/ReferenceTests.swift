import Foundation
import Martlet
import MartletNN
import MartletTesting
import MartletText
import Testing

/// Scores and gradients against PyTorch's on packed sequences, and against differences.
@Suite struct TextModelReferenceTests {
    private static let cases = Result {
        try FixtureCase.load(
            "textModels", in: Bundle.module.resourceURL?.appendingPathComponent("Fixtures"))
    }

    private static func network(_ fixture: FixtureCase) throws -> any TextClassifier {
        let vocabulary = 7
        switch fixture.operation {
        case "recurrent":
            let a = fixture.arguments
            var options = RecurrentClassifier.Options(vocabulary: vocabulary)
            (options.embeddingSize, options.hidden) = (3, 2)
            options.layers = try a.int("layers")
            options.isBidirectional = try a.bool("both")
            options.cell = try #require(.init(rawValue: try a.string("cell")))
            options.pooling = try #require(TextPooling(rawValue: try a.string("pooling")))
            return RecurrentClassifier(options)
        case "cnn":
            return TextCNN(vocabulary: vocabulary, embeddingSize: 3, widths: [2, 4], filters: 2)
        case "fastText": return FastText(vocabulary: vocabulary, embeddingSize: 3)
        case "rcnn":
            return TextRCNN(vocabulary: vocabulary, embeddingSize: 3, hidden: 2, features: 3)
        case "transformerClassifier":
            var options = TransformerEncoderClassifier.Options(vocabulary: vocabulary)
            (options.size, options.heads, options.feedforwardSize) = (4, 2, 5)
            return TransformerEncoderClassifier(options)
        default:
            return HierarchicalAttentionNetwork(
                vocabulary: vocabulary, sentenceEnd: 3, embeddingSize: 3, hidden: 2)
        }
    }

    @Test(arguments: try cases.get())
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let network = try Self.network(fixture)
        #expect(
            network.namedParameters().map(\.name) == (try fixture.arguments.strings("parameters")))
        let rows = try fixture.arguments.shapes("ids")
        let ids = Tensor(Array(rows.joined()), shape: [rows.count, rows[0].count])
        let lengths = Tensor(try fixture.arguments.ints("lengths"))
        nonisolated(unsafe) let tested = network
        try fixture.check(
            [
                fixture.operation: { _ in
                    { inputs in
                        for (parameter, value) in zip(tested.parameters(), inputs) {
                            parameter.put(value)
                        }
                        return [tested(ids, lengths: lengths, .inference)]
                    }
                }
            ], layouts: false, halfPrecision: .unchecked)
    }
}
