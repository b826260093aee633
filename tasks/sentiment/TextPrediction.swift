public import MartletPipeline

/// The classes of one text, the most probable first.
public struct TextPrediction: Prediction {
    /// A class and how probable it is.
    public struct Candidate: Encodable, Sendable {
        public let label: String
        /// 0 to 1; null in JSON where the network's outputs are no numbers.
        public let probability: Float

        /// Writes both; what is no number has no other form in JSON.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(label, forKey: .label)
            try container.encode(probability.isFinite ? probability : nil, forKey: .probability)
        }

        private enum Key: String, CodingKey { case label, probability }
    }

    /// A token, and how much it speaks for the most probable class.
    public struct Attribution: Encodable, Sendable {
        /// As it stands in the text.
        public let token: String
        /// Where it begins and ends in the text, in code points, so that Python's `text[start:end]` is it.
        public let start: Int
        public let end: Int
        /// Its part of the class's score above the others'; below 0 where it speaks against the class.
        public let attribution: Float
        /// Its place in the text in bytes.
        let range: Range<Int>

        /// `token`, `start`, `end` and `attribution`.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(token, forKey: .token)
            try container.encode(start, forKey: .start)
            try container.encode(end, forKey: .end)
            try container.encode(
                attribution.isFinite ? attribution : nil, forKey: .attribution)
        }

        private enum Key: String, CodingKey { case token, start, end, attribution }
    }

    /// The text.
    public let input: String
    /// Where it comes from: `reviews.csv line 17`.
    public let source: String
    public let classes: [Candidate]
    /// How many tokens were left out, because the text is longer than the model reads.
    public let truncated: Int
    /// How many of the tokens that were read the model does not know.
    public let unknown: Int
    /// The tokens that were read; nil where attributions were not asked for.
    public let tokens: [Attribution]?

    public var line: String { "\(claim)\t\(TextSpans.plain(input))" }

    public var colouredLine: String {
        "\(claim)\t\(tokens == nil ? TextSpans.plain(input) : spans.coloured)"
    }

    private var claim: String {
        classes.map { "\($0.label) \(Self.percent($0.probability, places: 1))" }
            .joined(separator: ", ")
    }

    /// The text in pieces, with what each speaks for.
    var spans: TextSpans {
        TextSpans(input, (tokens ?? []).map { ($0.range, $0.attribution) })
    }

    /// A probability for people: `97 %`, with one place `97.3 %`, or `undefined`.
    static func percent(_ probability: Float, places: Int = 0) -> String {
        guard probability.isFinite else { return "undefined" }
        return places == 0
            ? "\(Int((probability * 100).rounded())) %"
            : "\((probability * 1000).rounded() / 10) %"
    }
}
