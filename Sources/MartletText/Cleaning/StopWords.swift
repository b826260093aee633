public import MartletData

/// Words too common to tell anything.
///
/// The lists here are without negations and words of degree, such as `not` and `很`, as these change a sentiment.
public struct StopWords: Equatable, Sendable {
    /// The words.
    public let words: Set<String>

    /// A list of words, as tokens have them: in small letters where texts are lowercased.
    public init(_ words: some Sequence<String>) { self.words = Set(words) }

    /// The words of a file, one a line; white space around them and empty lines do not count.
    ///
    /// - Throws: `DataError` when the file cannot be read or decoded (see `TextDecoder`).
    public init(path: String) throws(DataError) {
        let text = try TextDecoder.read(path, longest: 1 << 26).text
        let newlines: Set<Unicode.Scalar> = ["\n", "\r"]
        words = Set(
            text.unicodeScalars.split { newlines.contains($0) }
                .map { line in
                    let line = line.drop { $0.value.isWhiteSpace }
                    return String(
                        String.UnicodeScalarView(
                            line.reversed().drop { $0.value.isWhiteSpace }.reversed()))
                }
                .filter { !$0.isEmpty })
    }

    /// Whether a word is one of them.
    public func contains(_ word: String) -> Bool { words.contains(word) }

    /// English articles, pronouns, prepositions, conjunctions and auxiliary verbs, in small letters.
    public static let english = StopWords(
        split(
            """
            a an the this that these those i me my mine myself we us our ours ourselves you your yours \
            yourself yourselves he him his himself she her hers herself it its itself they them their \
            theirs themselves who whom whose which what where when why how and or if then than as at by \
            for from in into of off on onto out over to under up upon with within about above after \
            again along also among around because before behind below between both during each either \
            here there through toward towards until while am is are was were be been being have has had \
            having do does did doing done will would shall should can could may might must 's 'm 're \
            've 'll 'd other another some any same such own so
            """))

    /// Chinese particles, pronouns, prepositions, conjunctions and measure words, in simplified characters.
    public static let chinese = StopWords(
        split(
            """
            的 了 着 过 地 得 之 所 者 们 吗 呢 吧 啊 呀 嘛 哦 哈 我 你 您 他 她 它 我们 你们 您们 他们 她们 它们 咱们 自己 \
            这 那 这个 那个 这些 那些 这里 那里 这儿 那儿 这样 那样 这么 那么 哪 哪个 哪里 哪些 谁 什么 怎么 怎样 是 在 有 \
            和 与 及 以及 或 或者 并 并且 而 而且 且 则 于 从 自 向 往 到 由 由于 因 因为 因此 所以 为 为了 对 对于 关于 按 \
            按照 把 被 将 给 让 使 以 以及 用 跟 同 比 像 如 如果 假如 若 即 即使 虽然 尽管 当 当时 时 时候 之前 之后 以前 以后 \
            其 其中 其他 其它 某 某个 某些 各 各个 每 每个 个 一个 一些 一种 种 位 件 次 里 中 上 下 内 外 前 后 间 等 等等 \
            也 都 又 还 就 才 便 再 已 已经 曾 曾经 正 正在 会 能 能够 可以 可 要 来 去 说 做
            """))

    private static func split(_ list: String) -> [String] {
        list.split(separator: " ").map(String.init)
    }
}
