/// Cuts one text; what `ChineseSegmenter` does, with the memory that its parts share.
struct ChineseCutter {
    let words: WordTrie.Reader
    private let logarithmOfTotal: Double
    let model: UnknownWordModel?
    let forbidden: Set<[UInt16]>

    /// The block at hand: Chinese characters, and of ASCII letters, digits and some signs.
    var units: [UInt16] = []
    /// For each of them how long the best word is that begins there.
    var lengths: [UInt8] = []
    /// The scores of the best ways from the last 256 places looked at to the end of the block.
    private var scores = [Double](repeating: 0, count: WordTrie.longestWord + 1)
    var states: [UInt8] = []
    private var ranges: [Range<Int>] = []
    private var end = 0

    /// Where the words of a text in valid UTF-8 lie.
    static func ranges(
        _ bytes: UnsafeBufferPointer<UInt8>, dictionary: ChineseDictionary,
        model: UnknownWordModel?
    ) -> [Range<Int>] {
        dictionary.words.withReader { reader in
            var cutter = ChineseCutter(reader, dictionary, model)
            cutter.cut(bytes)
            return cutter.ranges
        }
    }

    private init(
        _ words: WordTrie.Reader, _ dictionary: ChineseDictionary, _ model: UnknownWordModel?
    ) {
        self.words = words
        self.model = model
        logarithmOfTotal = dictionary.logarithmOfTotal
        forbidden = dictionary.forbidden
    }

    private mutating func cut(_ bytes: UnsafeBufferPointer<UInt8>) {
        while end < bytes.count {
            readBlock(bytes)
            if units.isEmpty {
                let isLineEnd =
                    bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A
                take(bytes: isLineEnd ? 2 : UTF8Bytes.width(bytes[end]))
            } else {
                findWay()
                model == nil ? takeKnown() : takeKnownAndUnknown()
            }
        }
    }

    /// Reads as much of what dictionary and model know as there is.
    private mutating func readBlock(_ bytes: UnsafeBufferPointer<UInt8>) {
        units.removeAll(keepingCapacity: true)
        var place = end
        while place < bytes.count {
            let lead = bytes[place]
            if ChineseCutter.isInBlocks(lead) {
                units.append(UInt16(lead))
                place += 1
            } else if lead >= 0xE4 && lead <= 0xE9 {
                let unit =
                    UInt16(lead & 0x0F) << 12 | UInt16(bytes[place + 1] & 0x3F) << 6
                    | UInt16(bytes[place + 2] & 0x3F)
                guard UnknownWordModel.characters.contains(unit) else { return }
                units.append(unit)
                place += 3
            } else {
                return
            }
        }
    }

    /// Finds, from the last place to the first, the words with the highest product of probabilities.
    private mutating func findWay() {
        let count = units.count
        if lengths.count < count {
            lengths = [UInt8](repeating: 0, count: max(count, 2 * lengths.count))
        }
        let (words, total) = (words, logarithmOfTotal)
        units.withUnsafeBufferPointer { units in
            lengths.withUnsafeMutableBufferPointer { lengths in
                scores.withUnsafeMutableBufferPointer { scores in
                    scores[count & 0xFF] = 0
                    for start in stride(from: count - 1, through: 0, by: -1) {
                        var (best, bestEnd) = (-Double.infinity, start)
                        var (node, next) = (words.first(units[start]), start + 1)
                        while node != 0 {
                            let logarithm = words.logarithm(node)
                            if logarithm >= 0 {
                                // In jieba's order, and of equal ones the longer.
                                let score = logarithm - total + scores[next & 0xFF]
                                if score >= best { (best, bestEnd) = (score, next) }
                            }
                            guard next < count else { break }
                            node = words.child(of: node, by: units[next])
                            next += 1
                        }
                        if bestEnd == start {
                            (best, bestEnd) = (0 - total + scores[(start + 1) & 0xFF], start + 1)
                        }
                        scores[start & 0xFF] = best
                        lengths[start] = UInt8(bestEnd - start)
                    }
                }
            }
        }
    }

    /// Takes a word of the block; nothing where the range is empty.
    mutating func take(_ range: Range<Int>) {
        var count = 0
        for place in range { count += units[place] < 0x80 ? 1 : 3 }
        if count > 0 { take(bytes: count) }
    }

    private mutating func take(bytes count: Int) {
        ranges.append(end..<(end + count))
        end += count
    }

    @inline(__always)
    static func isLetterOrDigit(_ unit: UInt16) -> Bool {
        switch unit {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether a byte is of those signs, letters and digits that words are made of: `#%&+-._`.
    @inline(__always)
    private static func isInBlocks(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x23, 0x25, 0x26, 0x2B, 0x2D, 0x2E, 0x5F: true
        default: isLetterOrDigit(UInt16(byte))
        }
    }
}
