import Martlet
import MartletNN
import MartletText

/// Small networks of every kind, with drawn parameters.
enum SmallNetworks {
    static let vocabulary = 50
    static let sentenceEnd = 7

    /// What the networks are called.
    static let names =
        RecurrentClassifier.Cell.allCases.flatMap { cell in
            TextPooling.allCases.map { "\(cell)-\($0)" }
        } + ["lstm-forward", "cnn", "fasttext", "rcnn", "transformer", "han"]

    static func make(_ name: String, size: Int = 24) -> any TextClassifier {
        let network = undrawn(name, size)
        network.initialize(Generator(seed: 11))
        return network
    }

    private static func undrawn(_ name: String, _ size: Int) -> any TextClassifier {
        switch name {
        case "cnn":
            return TextCNN(vocabulary: vocabulary, classes: 3, embeddingSize: size, filters: 20)
        case "fasttext":
            return FastText(vocabulary: vocabulary, classes: 3, embeddingSize: size)
        case "rcnn":
            return TextRCNN(
                vocabulary: vocabulary, classes: 3, embeddingSize: size, hidden: 20, features: 30)
        case "transformer":
            var options = TransformerEncoderClassifier.Options(vocabulary: vocabulary, classes: 3)
            (options.size, options.feedforwardSize, options.heads) = (size, 40, 3)
            options.maximumLength = 200
            return TransformerEncoderClassifier(options)
        case "han":
            return HierarchicalAttentionNetwork(
                vocabulary: vocabulary, sentenceEnd: sentenceEnd, classes: 3, embeddingSize: size,
                hidden: 18)
        default:
            let parts = name.split(separator: "-").map(String.init)
            var options = RecurrentClassifier.Options(vocabulary: vocabulary, classes: 3)
            (options.embeddingSize, options.hidden) = (size, 20)
            options.cell = .init(rawValue: parts[0]) ?? .lstm
            options.pooling = TextPooling(rawValue: parts[1]) ?? .last
            options.isBidirectional = parts[1] != "forward"
            return RecurrentClassifier(options)
        }
    }

    /// Texts of 1 ... `longest` ids.
    static func texts(_ count: Int, longest: Int, seed: UInt64 = 3) -> [[Int]] {
        var generator = Generator(seed: seed)
        let lengths = Tensor.randint(1..<(longest + 1), [count], generator: &generator)
        return lengths.array(as: Int.self).map { length in
            Tensor.randint(1..<vocabulary, [length], generator: &generator).array(as: Int.self)
        }
    }

    /// Texts padded on the right with `padding`, and their lengths.
    static func batch(_ texts: [[Int]], steps: Int, padding: Int = 0) -> (Tensor, Tensor) {
        let ids = texts.flatMap { $0 + [Int](repeating: padding, count: steps - $0.count) }
        return (Tensor(ids, shape: [texts.count, steps]), Tensor(texts.map(\.count)))
    }
}
