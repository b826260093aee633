extension TextCleaner {
    /// What is to be replaced among addresses, names, topics, emoji and repetitions. Where two meet, the one named first counts;
    /// addresses that stay keep their inside whole as well.
    func pieces(_ bytes: UTF8Bytes) -> [AlignedText.Replacement] {
        var found: [(range: Range<Int>, text: String?)] = []
        func add(_ ranges: [Range<Int>], _ text: (Range<Int>) -> String?) {
            if !ranges.isEmpty { found = merged(found, ranges.map { ($0, text($0)) }) }
        }
        add(Links.urls(bytes)) { _ in urls.text }
        add(Links.emails(bytes)) { _ in emails.text }
        if mentions != .keep { add(Mentions.people(bytes)) { _ in mentions.text } }
        if hashtags != .keep { add(Mentions.topics(bytes)) { _ in hashtags.text } }
        let kinds = [
            (bracketedEmoji, Emoji.inBrackets), (emoticons, Emoticons.find), (emoji, Emoji.find),
        ]
        for (treatment, find) in kinds where treatment != .keep || !signs.isEmpty {
            let marked = find(bytes).compactMap { range in
                (signs.isEmpty ? nil : sign(bytes.text(range))).map { (range, $0) }
                    ?? treatment.text.map { (range, $0) }
            }
            found = merged(found, marked)
        }
        if let longestRepeat {
            add(Characters.repeats(bytes, beyond: longestRepeat)) { _ in "" }
        }
        return found.compactMap { piece in piece.text.map { .init(piece.range, with: $0) } }
    }

    private func sign(_ text: String) -> String? { signs[text] ?? signs[Emoticons.plain(text)] }

    /// Both in the order of the text, without those of the second that overlap one of the first.
    private func merged(
        _ first: [(range: Range<Int>, text: String?)],
        _ second: [(range: Range<Int>, text: String?)]
    ) -> [(range: Range<Int>, text: String?)] {
        if first.isEmpty { return second }
        var merged: [(range: Range<Int>, text: String?)] = []
        merged.reserveCapacity(first.count + second.count)
        var next = 0
        for piece in second {
            while next < first.count && first[next].range.upperBound <= piece.range.lowerBound {
                merged.append(first[next])
                next += 1
            }
            if next == first.count || first[next].range.lowerBound >= piece.range.upperBound {
                merged.append(piece)
            }
        }
        merged.append(contentsOf: first[next...])
        return merged
    }
}

extension AlignedText {
    /// All of these ranges, in the order of the text, replaced by one text.
    func replacing(_ ranges: [Range<Int>], with text: String) -> AlignedText {
        replacing(ranges.map { Replacement($0, with: text) })
    }

    func replacing(_ pieces: [(range: Range<Int>, text: String)]) -> AlignedText {
        replacing(pieces.map { Replacement($0.range, with: $0.text) })
    }
}
