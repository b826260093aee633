internal import Glibc
internal import Martlet

/// Chinese words with how often each occurs, for `ChineseSegmenter`.
///
/// The file of jieba, whose words and rules these are (https://github.com/fxsjy/jieba, 0.42.1), is not part of Martlet. With
/// Python, `pip install jieba` and `python scripts/jieba-model.py FOLDER` put it there as `dict.txt`, and the model of words
/// that it does not have as `model.json`:
///
///     let segmenter = ChineseSegmenter(
///         dictionary: try ChineseDictionary(path: "FOLDER/dict.txt"),
///         model: try UnknownWordModel(path: "FOLDER/model.json"))
///
/// It is a value: words added to a copy are in that copy alone.
public struct ChineseDictionary: Sendable {
    /// The most that all frequencies together may be: whole numbers up to it are exact as doubles.
    static let totalLimit = 1 << 53

    var words = WordTrie()
    /// The sum of all frequencies that were ever given, those of words given twice counted twice, as jieba has it.
    private(set) var total = 0
    /// The words that a user gave a frequency of 0: never to be words, even where the model makes them.
    private(set) var forbidden: Set<[UInt16]> = []

    /// A dictionary of words that the caller counted, such as those of a text that is already segmented.
    ///
    /// - Parameter counts: how often each word occurs: words of 1 to 255 UTF-16 code units, whole numbers of 0 or more whose
    ///   sum is at most 2^53.
    public init(counting counts: [String: Int]) {
        for (word, count) in counts {
            add(word, frequency: count, mayForbid: false, "init(counting:)")
        }
    }

    /// Adds a word, or gives one another frequency; as jieba's `add_word`.
    ///
    /// - Parameters:
    ///   - word: of 1 to 255 UTF-16 code units.
    ///   - frequency: how often it occurs: 0 or more, all together at most 2^53. nil for what `frequency(joining:)` says. With 0
    ///     it is no word any more and never becomes one by the model either, as jieba's `del_word` does.
    public mutating func add(_ word: String, frequency: Int? = nil) {
        add(word, frequency: frequency, mayForbid: true, "add")
    }

    private mutating func add(
        _ word: String, frequency: Int?, mayForbid: Bool, _ caller: StaticString
    ) {
        precondition(!word.isEmpty, "ChineseDictionary.\(caller): the word is empty")
        precondition(
            frequency ?? 0 >= 0,
            "ChineseDictionary.\(caller): the frequency \(frequency ?? 0) of '\(word)'; expected 0 or more"
        )
        let frequency = frequency ?? self.frequency(joining: word)
        var word = word
        let refusal = word.withUTF8 { bytes in
            do throws(WordTrie.Refusal) {
                try setFrequency(frequency, of: bytes, mayForbid: mayForbid)
                return nil as WordTrie.Refusal?
            } catch { return error }
        }
        if let refusal {
            preconditionFailure(
                "ChineseDictionary.\(caller): '\(word)', \(frequency): \(refusal.problem); "
                    + "expected \(refusal.expected)")
        }
    }

    /// How often a word is said to occur: 0 for what is none.
    public func frequency(of word: String) -> Int { entry(word) ?? 0 }

    /// The frequency with which a word is cut as one instead of as its parts, by the dictionary alone; as jieba's
    /// `suggest_freq(word)`.
    public func frequency(joining word: String) -> Int {
        var text = word
        let share = text.withUTF8 { bytes in
            ChineseCutter.ranges(bytes, dictionary: self, model: nil).reduce(1.0) { share, range in
                let part = words.frequency(UnsafeBufferPointer(rebasing: bytes[range]))
                return share * (Double(part ?? 1) / Double(max(total, 1)))
            }
        }
        return max(Int(share * Double(total)) + 1, entry(word) ?? 1)
    }

    /// The frequency with which the word that these parts make is cut into them, by the dictionary alone; as jieba's
    /// `suggest_freq(parts)`. To be given to `add`.
    public func frequency(separating parts: [String]) -> Int {
        let share = parts.reduce(1.0) { share, part in
            share * (Double(entry(part) ?? 1) / Double(max(total, 1)))
        }
        return min(Int(share * Double(total)), entry(parts.joined()) ?? 0)
    }

    /// What jieba's table has for a word: 0 for the beginnings of words, nil for what is in no word.
    private func entry(_ word: String) -> Int? {
        var word = word
        return word.withUTF8 { words.frequency($0) }
    }

    /// The logarithm that those of the words' frequencies are taken relative to.
    var logarithmOfTotal: Double { log(Double(max(total, 1))) }

    /// Takes a word of valid UTF-8 that is not empty.
    ///
    /// - Parameter mayForbid: whether it is never to be a word where the frequency is 0.
    mutating func setFrequency(
        _ frequency: Int, of word: UnsafeBufferPointer<UInt8>, mayForbid: Bool
    ) throws(WordTrie.Refusal) {
        guard frequency <= ChineseDictionary.totalLimit - total else {
            throw WordTrie.Refusal(
                problem: "the frequencies are more than \(ChineseDictionary.totalLimit) together",
                expected: "at most that")
        }
        words.setFrequency(frequency, of: try words.insert(word))
        total += frequency
        if mayForbid && frequency == 0 {
            forbidden.insert(Array(String(decoding: word, as: UTF8.self).utf16))
        }
    }
}
