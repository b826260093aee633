/// Makes texts of the web fit for counting their words: what says nothing goes, and what means the same is made alike.
///
/// All is off in a cleaner that is made without options; `sentiment` has what suits reviews and short messages. The order is
/// always: tags and entities, control characters, normalisation form, width, contractions, case, accents; then, on what
/// this gave, addresses, names, topics, emoji and repeated characters; white space last. What stands for a piece is put in
/// as it is. Each step takes time linear in the text's length.
public struct TextCleaner: Codable, Equatable, Sendable {
    /// Which forms of a letter are made one.
    public enum LetterCase: String, Codable, Sendable {
        /// Letters stay as they are.
        case keep
        /// Letters become small: `UnicodeText.lowercased`.
        case lower
        /// Letters are folded: `UnicodeText.caseFolded`.
        case fold
    }

    /// HTML's tags and comments; a space in their place keeps words apart.
    public var tags = Treatment.keep
    /// Whether HTML's entities such as `&amp;` become the characters they stand for.
    public var decodesEntities = false
    /// Whether control and format characters go; those that join emoji or letters stay.
    public var removesControls = false
    /// The normalisation form; nil to leave the text in the one it has.
    public var form: NormalizationForm?
    /// Whether full and half width become ordinary width.
    public var makesOrdinaryWidth = false
    /// Whether English contractions are written out: `don't` as `do not`.
    public var expandsContractions = false
    /// What becomes of capitals.
    public var letterCase = LetterCase.keep
    /// Whether letters lose their marks.
    public var removesAccents = false
    /// Addresses of pages.
    public var urls = Treatment.keep
    /// Addresses of mail.
    public var emails = Treatment.keep
    /// Names of people: `@name`, and `//@name:` where a text was passed on.
    public var mentions = Treatment.keep
    /// Names of topics: `#topic#` and `#topic`.
    public var hashtags = Treatment.keep
    /// Names of emoji in brackets, such as Weibo's `[哈哈]`.
    public var bracketedEmoji = Treatment.keep
    /// Faces of punctuation such as `:-)`.
    public var emoticons = Treatment.keep
    /// Unicode's emoji.
    public var emoji = Treatment.keep
    /// What stands for single emoji and emoticons, whatever is done with the others: `[":)": "<smile>", "[哈哈]": "哈哈"]`.
    /// Noses and repeated mouths make no difference. Keys are looked up as the text is after changing its case.
    public var signs: [String: String] = [:]
    /// How often a character may come in a row, digits and white space aside: with 2, `soooo` becomes `soo`. At least 1; nil
    /// for any number.
    public var longestRepeat: Int?
    /// Whether each run of white space becomes one space, and none at the ends.
    public var collapsesWhiteSpace = false

    /// A cleaner that changes nothing.
    public init() {}

    /// What suits telling the sentiment of reviews and messages: markup goes, addresses and names become `<url>`, `<email>` and
    /// `<user>`, forms, width and case are made one, repetitions are shortened; emoji and topics stay.
    public static var sentiment: TextCleaner {
        var cleaner = TextCleaner()
        cleaner.tags = .replace(" ")
        cleaner.decodesEntities = true
        cleaner.removesControls = true
        cleaner.form = .nfkc
        cleaner.letterCase = .lower
        cleaner.urls = .replace("<url>")
        cleaner.emails = .replace("<email>")
        cleaner.mentions = .replace("<user>")
        cleaner.longestRepeat = 3
        cleaner.collapsesWhiteSpace = true
        return cleaner
    }

    /// The text cleaned, with the way back to the original.
    public func clean(_ text: String) -> AlignedText {
        precondition(
            longestRepeat ?? 1 > 0, "TextCleaner: longestRepeat is \(longestRepeat ?? 0)")
        var result = AlignedText(text)
        if let space = tags.text {
            result = result.replacing(result.text.withBytes(HTMLTags.find), with: space)
        }
        if decodesEntities { result = result.replacing(result.text.withBytes(HTMLEntities.find)) }
        if removesControls { result = result.replacing(Characters.controls(result), with: "") }
        if let form { result = result.normalized(to: form) }
        if makesOrdinaryWidth { result = result.withOrdinaryWidth() }
        if expandsContractions {
            result = result.replacing(result.text.withBytes(Contractions.find))
        }
        switch letterCase {
        case .keep: break
        case .lower: result = result.lowercased()
        case .fold: result = result.caseFolded()
        }
        if removesAccents { result = result.withoutAccents() }
        result = result.replacing(result.text.withBytes(pieces))
        if collapsesWhiteSpace {
            result = result.replacing(result.text.withBytes(Characters.spaces))
        }
        return result
    }

    /// What stands for pieces of texts, which tokenisers are to leave whole.
    var specialTokens: [String] {
        let treatments = [urls, emails, mentions, hashtags, bracketedEmoji, emoticons, emoji]
        let tokens = treatments.compactMap(\.text) + signs.values
        return Set(tokens.filter { !$0.utf8.allSatisfy { UInt32($0).isWhiteSpace } }).sorted()
    }
}

extension TextCleaner {
    /// Reads a configuration: options that are not in it have their usual values, and keys that are no options are errors.
    public init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyKey.self)
        for key in names.allKeys where CodingKeys(stringValue: key.stringValue) == nil {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: names,
                debugDescription: "TextCleaner has no option '\(key.stringValue)'")
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, into value: inout Value) throws {
            value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
        }
        self.init()
        try read(.tags, into: &tags)
        try read(.decodesEntities, into: &decodesEntities)
        try read(.removesControls, into: &removesControls)
        form = try values.decodeIfPresent(NormalizationForm.self, forKey: .form)
        try read(.makesOrdinaryWidth, into: &makesOrdinaryWidth)
        try read(.expandsContractions, into: &expandsContractions)
        try read(.letterCase, into: &letterCase)
        try read(.removesAccents, into: &removesAccents)
        try read(.urls, into: &urls)
        try read(.emails, into: &emails)
        try read(.mentions, into: &mentions)
        try read(.hashtags, into: &hashtags)
        try read(.bracketedEmoji, into: &bracketedEmoji)
        try read(.emoticons, into: &emoticons)
        try read(.emoji, into: &emoji)
        try read(.signs, into: &signs)
        longestRepeat = try values.decodeIfPresent(Int.self, forKey: .longestRepeat)
        if let longestRepeat, longestRepeat < 1 {
            throw DecodingError.dataCorruptedError(
                forKey: .longestRepeat, in: values,
                debugDescription: "longestRepeat is \(longestRepeat), not at least 1")
        }
        try read(.collapsesWhiteSpace, into: &collapsesWhiteSpace)
    }
}

/// A key whatever its name.
private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
