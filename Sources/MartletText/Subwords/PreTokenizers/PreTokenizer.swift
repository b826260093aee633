extension SubwordTokenizer {
    /// What becomes of the matches at which a text is split.
    public enum SplitBehavior: String, Sendable {
        /// They are left out.
        case removed = "Removed"
        /// Each is a piece.
        case isolated = "Isolated"
        /// Each goes with what is before it.
        case mergedWithPrevious = "MergedWithPrevious"
        /// Each goes with what is behind it.
        case mergedWithNext = "MergedWithNext"
        /// Those that follow one another are a piece.
        case contiguous = "Contiguous"
    }

    /// To which pieces of a text the sign for spaces is prepended.
    public enum PrependScheme: String, Sendable {
        /// To every piece that does not begin with it.
        case always
        /// Only where it is at the beginning of the text.
        case first
        /// To none.
        case never
    }

    /// Cuts texts into words, within which the model looks for tokens: each case is one of Hugging Face tokenizers'
    /// pre-tokenizers.
    public indirect enum PreTokenizer: Sendable, Equatable {
        /// Words of letters, digits and marks, and what is between them, without white space.
        case whitespace
        /// What is between white space.
        case whitespaceSplit
        /// What is between white space, every punctuation sign on its own.
        case bert
        /// GPT-2's: words by its regular expression, where that is used, with the space before them, and bytes as code
        /// points that can be seen. Ranges of tokens are without spaces where `trimsOffsets` is carried out by a
        /// post-processor.
        case byteLevel(
            addsPrefixSpace: Bool = true, trimsOffsets: Bool = true, usesRegex: Bool = true)
        /// Spaces as another sign, which words begin with.
        case metaspace(
            replacement: Unicode.Scalar = "▁", prepends: PrependScheme = .always,
            splits: Bool = true)
        /// Cut at punctuation.
        case punctuation(SplitBehavior = .isolated)
        /// Cut at numbers, or each digit on its own.
        case digits(individually: Bool = false)
        /// Cut at matches, or where `inverts` at what is between them.
        case split(Pattern, SplitBehavior, inverts: Bool = false)
        /// Cut at a code point, which is left out.
        case delimiter(Unicode.Scalar)
        /// Pieces of so many code points.
        case fixedLength(Int)
        /// One after another.
        case sequence([PreTokenizer])

        /// Cuts each piece that is no token yet.
        func apply(_ text: inout SubwordText) {
            switch self {
            case .whitespace: text.splitWords()
            case .whitespaceSplit: text.split(at: Scalars.isWhitespace, .removed)
            case .bert:
                text.splitForBERT()
            case .byteLevel(let addsPrefixSpace, _, let usesRegex):
                text.splitForByteLevel(addsPrefixSpace: addsPrefixSpace, usesRegex: usesRegex)
            case .metaspace(let replacement, let scheme, let splits):
                text.splitAtSpaces(replacement, scheme, splits: splits)
            case .punctuation(let behavior): text.split(at: Scalars.isPunctuation, behavior)
            case .digits(let individually):
                text.split(at: Scalars.isNumber, individually ? .isolated : .contiguous)
            case .split(let pattern, let behavior, let inverts):
                text.split(at: pattern, behavior, inverts: inverts)
            case .delimiter(let scalar): text.split(at: { $0 == scalar.value }, .removed)
            case .fixedLength(let count): text.split(every: count)
            case .sequence(let parts): for part in parts { part.apply(&text) }
            }
        }
    }
}
