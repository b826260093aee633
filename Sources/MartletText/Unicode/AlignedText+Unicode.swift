internal import CUnicode

extension AlignedText {
    /// The text in a normalisation form, as `UnicodeText.normalized`.
    public func normalized(to form: NormalizationForm) -> AlignedText { mapped(form.mapping) }

    /// The text in lower case, as `UnicodeText.lowercased`.
    public func lowercased() -> AlignedText { mapped(CU_LOWERCASE) }

    /// The text with its case folded, as `UnicodeText.caseFolded`.
    public func caseFolded() -> AlignedText { mapped(CU_FOLD_CASE) }

    /// The text without the marks on its letters, as `UnicodeText.withoutAccents`.
    public func withoutAccents() -> AlignedText {
        if text.isASCII { return self }
        let decomposed = normalized(to: .nfd)
        let marks = decomposed.runs { $0 >= 0x300 && cu_is_nonspacing_mark($0) != 0 }
        return decomposed.replacing(marks.map { Replacement($0, with: "") }).normalized(to: .nfc)
    }

    /// The text in ordinary width, as `UnicodeText.withOrdinaryWidth`.
    public func withOrdinaryWidth() -> AlignedText {
        let wide = runs { $0 >= 0xFF00 && $0 <= 0xFFEF || $0 == 0x3000 }
        var edits: [Edit] = []
        var bytes: [UInt8] = []
        text.withBytes { old in
            var done = 0
            for range in wide {
                let piece = old.text(range)
                guard let (changed, changes) = UnicodeText.mapped(piece, CU_NFKC, withEdits: true)
                else { continue }
                bytes.append(contentsOf: old[done..<range.lowerBound])
                bytes.append(contentsOf: changed.utf8)
                edits.append(Edit(old: 1, new: 1, count: range.lowerBound - done))
                edits.append(contentsOf: changes)
                done = range.upperBound
            }
            bytes.append(contentsOf: old[done...])
            edits.append(Edit(old: 1, new: 1, count: old.count - done))
        }
        return edits.count == 1 ? self : applying(String(decoding: bytes, as: UTF8.self), edits)
    }

    /// The longest runs of code points above ASCII that a rule picks, as ranges of the text's bytes.
    func runs(_ isPicked: (UInt32) -> Bool) -> [Range<Int>] {
        text.withBytes { bytes in
            var (found, start, place): ([Range<Int>], Int?, Int) = ([], nil, 0)
            while place < bytes.count {
                let (scalar, length) = bytes.scalar(at: place)
                if scalar >= 0x80 && isPicked(scalar) {
                    start = start ?? place
                } else if let first = start {
                    found.append(first..<place)
                    start = nil
                }
                place += length
            }
            if let start { found.append(start..<place) }
            return found
        }
    }

    private func mapped(_ mapping: cu_mapping) -> AlignedText {
        guard let (text, edits) = UnicodeText.mapped(text, mapping, withEdits: true) else {
            return self
        }
        return applying(text, edits)
    }
}
