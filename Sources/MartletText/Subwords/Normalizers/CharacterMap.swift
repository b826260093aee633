extension SubwordTokenizer {
    /// The rules of SentencePiece's normalisation, compiled: strings of code points and what they become, in a trie of two
    /// arrays in one (Aoe, "An efficient digital search algorithm by using a double-array structure", 1989).
    public struct CharacterMap: Sendable, Equatable {
        /// The rules as files have them: the size of the trie in bytes, the trie, and the strings that others become, each
        /// with a NUL behind it.
        let bytes: [UInt8]
        private let units: [UInt32]
        private let strings: [UInt8]

        /// - Throws: `SubwordProblem` where sizes do not fit or the strings are not UTF-8.
        init(_ bytes: [UInt8]) throws(SubwordProblem) {
            func word(_ index: Int) -> UInt32 {
                (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
            }
            let size = bytes.count >= 4 ? Int(word(0)) : 0
            guard size > 0, size % 4 == 0, size <= bytes.count - 4 else {
                throw SubwordProblem(
                    "compiled rules of \(bytes.count) bytes whose trie has \(size)",
                    expected: "a multiple of 4 that fits")
            }
            strings = Array(bytes[(4 + size)...])
            guard String(validating: strings, as: UTF8.self) != nil else {
                throw SubwordProblem(
                    "compiled rules whose strings are not UTF-8", expected: "UTF-8")
            }
            units = stride(from: 4, to: 4 + size, by: 4).map(word)
            self.bytes = bytes
        }

        /// Whether both have the same rules.
        public static func == (one: CharacterMap, other: CharacterMap) -> Bool {
            one.bytes == other.bytes
        }

        /// The longest or shortest rule for what begins at a place of a text: where that ends, and what it becomes.
        func match(
            _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, takesLongest: Bool
        ) -> (end: Int, result: ArraySlice<UInt8>)? {
            var best: (end: Int, start: Int)?
            var node = offset(units[0])
            for index in range where text[index] != 0 {
                node ^= Int(text[index])
                guard node < units.count else { break }
                let unit = units[node]
                guard unit & 0x8000_00FF == UInt32(text[index]) else { break }
                node ^= offset(unit)
                guard node < units.count else { break }
                if unit >> 8 & 1 == 1 {
                    best = (index + 1, Int(units[node] & 0x7FFF_FFFF))
                    if !takesLongest { break }
                }
            }
            // A damaged trie may lead anywhere: only to whole code points is it followed.
            guard let best, best.start < strings.count, strings[best.start] & 0xC0 != 0x80,
                best.end == text.count || text[best.end] & 0xC0 != 0x80
            else { return nil }
            let end = strings[best.start...].firstIndex(of: 0) ?? strings.count
            return (best.end, strings[best.start..<end])
        }

        private func offset(_ unit: UInt32) -> Int {
            Int(unit >> 10) << Int((unit & 0x200) >> 6)
        }

        /// Changes a text as Hugging Face tokenizers does: a short grapheme cluster that begins with what a rule is for
        /// becomes what the rule says as a whole; else each of its code points is looked up.
        func apply(_ text: inout SubwordText) {
            text.rewrite { bytes, range, writer in
                var parts: [SubwordText.Rewriter.Replacement] = []
                parts.reserveCapacity(range.count)
                var skipped = 0
                var start = range.lowerBound
                for cluster in String(decoding: bytes[range], as: UTF8.self) {
                    let end = start + cluster.utf8.count
                    if end - start < 6,
                        let found = match(bytes, start..<end, takesLongest: false)
                    {
                        add(found.result, bytes, start..<end, &parts, &skipped)
                        start = end
                        continue
                    }
                    while start < end {
                        let (scalar, length) = bytes.scalar(at: start)
                        let part = start..<(start + length)
                        if let found = match(bytes, part, takesLongest: false) {
                            add(found.result, bytes, part, &parts, &skipped)
                        } else {
                            parts.append(.init(scalar: scalar, consumed: 1))
                        }
                        start += length
                    }
                }
                writer.put(parts, skipped: skipped, for: range, of: bytes)
            }
        }

        private func add(
            _ result: ArraySlice<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
            _ parts: inout [SubwordText.Rewriter.Replacement], _ skipped: inout Int
        ) {
            let old = UnsafeBufferPointer(rebasing: bytes[range]).scalars.count
            let new = result.withUnsafeBufferPointer(\.scalars)
            for (index, scalar) in new.enumerated() {
                parts.append(.init(scalar: scalar, consumed: index < old ? 1 : 0))
            }
            guard old > new.count else { return }
            if parts.isEmpty {
                skipped += old
            } else {
                parts[parts.count - 1].consumed += old - new.count
            }
        }
    }
}
