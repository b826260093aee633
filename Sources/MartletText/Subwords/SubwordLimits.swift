extension SubwordTokenizer {
    /// An end of a list of tokens.
    public enum Side: String, Sendable {
        /// The beginning.
        case left = "Left"
        /// The end.
        case right = "Right"
    }

    /// How tokens are left out of what is too long.
    public struct Truncation: Sendable, Equatable {
        /// Which of two texts loses tokens.
        public enum Strategy: String, Sendable {
            /// The longer one, until both are as long.
            case longestFirst = "LongestFirst"
            /// The first.
            case onlyFirst = "OnlyFirst"
            /// The second.
            case onlySecond = "OnlySecond"
        }

        /// The most tokens that are left, those of the post-processor among them.
        public var longest: Int
        /// Which of two texts loses tokens.
        public var strategy = Strategy.longestFirst
        /// The end at which tokens are left out.
        public var side = Side.right
        /// By how many tokens the parts of a text overlap that other programs make of what is left out; kept for them.
        public var stride = 0

        /// Leaves out what is beyond `longest` tokens.
        public init(longest: Int) { self.longest = longest }

        /// Shortens one text or two to so many tokens together.
        func apply(_ first: inout Encoding, _ second: inout Encoding?, longest: Int) {
            let total = first.count + (second?.count ?? 0)
            guard total > longest else { return }
            let atStart = side == .left
            switch strategy {
            case .onlySecond:
                second?.truncate(
                    to: max(0, longest - first.count), atStart: atStart)
            case .longestFirst where second != nil:
                let lengths = Truncation.shares(first.count, second?.count ?? 0, longest)
                first.truncate(to: lengths.0, atStart: atStart)
                second?.truncate(to: lengths.1, atStart: atStart)
            default:
                first.truncate(to: max(0, longest - (second?.count ?? 0)), atStart: atStart)
            }
        }

        private static func shares(_ one: Int, _ other: Int, _ longest: Int) -> (Int, Int) {
            var short = min(one, other)
            var long = max(short, longest - short)
            if short + long > longest {
                short = longest / 2
                long = short + longest % 2
            }
            return one > other ? (long, short) : (short, long)
        }
    }

    /// How tokens are added to what is too short.
    public struct Padding: Sendable, Equatable {
        /// The number of tokens all have then; nil for that of the longest of those that are encoded together.
        public var length: Int?
        /// A number that lengths are multiples of; nil for none.
        public var multiple: Int?
        /// The end at which tokens are added.
        public var side = Side.right
        /// The token that is added.
        public var token: String
        /// Its id.
        public var id: Int
        /// Its type id.
        public var typeID = 0

        /// Adds a token up to the longest of those that are encoded together.
        public init(_ token: String, id: Int, length: Int? = nil) {
            self.token = token
            self.id = id
            self.length = length
        }

        /// Makes all as long as they are to be.
        func apply(_ encodings: inout [Encoding]) {
            var length = self.length ?? encodings.map(\.count).max() ?? 0
            if let multiple, multiple > 0, length % multiple > 0 {
                length += multiple - length % multiple
            }
            for index in encodings.indices where encodings[index].count < length {
                var padding = Encoding()
                for _ in encodings[index].count..<length {
                    padding.append(id, token, 0..<0, type: typeID, word: nil, isSpecial: true)
                }
                padding.attentionMask = padding.attentionMask.map { _ in false }
                switch side {
                case .right: encodings[index].append(padding)
                case .left:
                    padding.append(encodings[index])
                    encodings[index] = padding
                }
            }
        }
    }
}
