/// Cuts Chinese text, which has no spaces, into words: those of a dictionary that are most probable together, and those that a
/// model finds in what is left.
///
/// It is the precise mode of jieba (https://github.com/fxsjy/jieba, 0.42.1), with the same results: the text is cut into
/// runs of the characters U+4E00 to U+9FD5, letters and digits of ASCII and the signs `#%&+-._`; in each run the way through the
/// graph of the dictionary's words is taken whose words have the highest product of relative frequencies (unigrams); single
/// characters that follow each other on it are cut by a hidden Markov model, where one is given. Everything else is cut into
/// single Unicode scalars, also white space, but that CR LF stays together: the tokens together are the text.
///
///     segmenter.tokens("我爱自然语言处理").map(\.text)    // ["我", "爱", "自然语言", "处理"]
///
/// Time and memory are linear in the length of the text.
public struct ChineseSegmenter: Tokenizer {
    /// The words that are known.
    public let dictionary: ChineseDictionary
    /// What finds others.
    public let model: UnknownWordModel?

    /// A segmenter by a dictionary.
    ///
    /// - Parameter model: what cuts characters that are no known words together. Without one, as in jieba with `HMM=False`,
    ///   Chinese characters stay single, and letters and digits that follow each other together.
    public init(dictionary: ChineseDictionary, model: UnknownWordModel? = nil) {
        self.dictionary = dictionary
        self.model = model
    }

    /// The words of a text, and all that is between them, with where they lie in it.
    public func tokens(_ text: String) -> [Token] {
        var text = text
        return text.withUTF8 { bytes in
            ranges(bytes).map {
                Token(String(decoding: bytes[$0], as: UTF8.self), range: $0)
            }
        }
    }

    /// Where the tokens lie, in bytes of UTF-8: one behind the other, from the first byte to the last. It is faster than
    /// `tokens`, which makes a string for each.
    public func ranges(_ text: String) -> [Range<Int>] {
        var text = text
        return text.withUTF8 { ranges($0) }
    }

    private func ranges(_ bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        ChineseCutter.ranges(bytes, dictionary: dictionary, model: model)
    }
}
