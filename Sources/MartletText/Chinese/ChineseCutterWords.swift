/// What the way through a block becomes: known words, and what lies between them.
extension ChineseCutter {
    /// Takes the words found; single letters and digits that follow each other stay together.
    mutating func takeKnown() {
        var (start, place) = (0, 0)
        while place < units.count {
            let length = Int(lengths[place])
            if length > 1 || !ChineseCutter.isLetterOrDigit(units[place]) {
                take(start..<place)
                take(place..<(place + length))
                start = place + length
            }
            place += length
        }
        take(start..<place)
    }

    /// Takes the words found, and what the model makes of single characters that follow each other.
    mutating func takeKnownAndUnknown() {
        var (start, place) = (0, 0)
        while place < units.count {
            let length = Int(lengths[place])
            if length > 1 {
                takeSingles(start..<place)
                take(place..<(place + length))
                start = place + length
            }
            place += length
        }
        takeSingles(start..<place)
    }

    private mutating func takeSingles(_ range: Range<Int>) {
        if range.count < 2 {
            take(range)
        } else if isWord(range) {
            takeEach(range)
        } else {
            takeUnknown(range)
        }
    }

    private func isWord(_ range: Range<Int>) -> Bool {
        var node = words.first(units[range.lowerBound])
        for unit in units[range].dropFirst() where node != 0 {
            node = words.child(of: node, by: unit)
        }
        return node != 0 && words.logarithm(node) >= 0
    }

    /// Takes Chinese characters as the model has them, and of the others numbers and words of letters and digits; signs between
    /// them stay together.
    private mutating func takeUnknown(_ range: Range<Int>) {
        var place = range.lowerBound
        while place < range.upperBound {
            let start = place
            let isChinese = UnknownWordModel.characters.contains(units[start])
            if isChinese {
                place = run(in: start..<range.upperBound, UnknownWordModel.characters.contains)
                takeByModel(start..<place)
            } else if ChineseCutter.isLetterOrDigit(units[start]) {
                place = endOfNumber(in: start..<range.upperBound)
                take(start..<place)
            } else {
                place = run(in: start..<range.upperBound) {
                    $0 < 0x80 && !ChineseCutter.isLetterOrDigit($0)
                }
                take(start..<place)
            }
        }
    }

    /// The end of letters and digits, what may follow a decimal point, and a percent sign.
    private func endOfNumber(in range: Range<Int>) -> Int {
        var place = run(in: range, ChineseCutter.isLetterOrDigit)
        if place < range.upperBound, units[place] == 0x2E {
            let end = run(in: (place + 1)..<range.upperBound) { $0 >= 0x30 && $0 <= 0x39 }
            if end > place + 1 { place = end }
        }
        if place < range.upperBound, units[place] == 0x25 { place += 1 }
        return place
    }

    private func run(in range: Range<Int>, _ isOfKind: (UInt16) -> Bool) -> Int {
        var place = range.lowerBound
        while place < range.upperBound && isOfKind(units[place]) { place += 1 }
        return place
    }

    private mutating func takeByModel(_ range: Range<Int>) {
        guard let model else { return takeEach(range) }
        units.withUnsafeBufferPointer {
            model.label(UnsafeBufferPointer(rebasing: $0[range]), into: &states)
        }
        var start = range.lowerBound
        for (place, state) in zip(range, states)
        where state == UnknownWordModel.end || state == UnknownWordModel.single {
            let word = start..<(place + 1)
            if !forbidden.isEmpty && forbidden.contains(Array(units[word])) {
                takeEach(word)
            } else {
                take(word)
            }
            start = place + 1
        }
    }

    private mutating func takeEach(_ range: Range<Int>) {
        for place in range { take(place..<(place + 1)) }
    }
}
