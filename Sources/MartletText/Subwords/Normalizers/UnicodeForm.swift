internal import CUnicode

/// Unicode's normalisation forms (Unicode Standard Annex 15), with the origin of each code point as Hugging Face tokenizers
/// has it: what one code point becomes comes from it, and what several become comes from the first of them.
enum UnicodeForm {
    case nfc, nfd, nfkc, nfkd

    private var mapping: cu_mapping {
        switch self {
        case .nfc: CU_NFC
        case .nfd: CU_NFD
        case .nfkc: CU_NFKC
        case .nfkd: CU_NFKD
        }
    }

    private var composes: Bool { self == .nfc || self == .nfkc }

    /// The form in which code points are apart that this one may put together.
    private var decomposition: cu_mapping { self == .nfc || self == .nfd ? CU_NFD : CU_NFKD }

    /// Brings every piece of a text into the form.
    func apply(_ text: inout SubwordText) {
        guard text.contains({ UnicodeForm.map($0, mapping) != nil }) else { return }
        text.rewrite { bytes, range, writer in
            var parts = decomposed(bytes, range)
            UnicodeForm.order(&parts)
            if composes { parts = UnicodeForm.composed(parts) }
            writer.put(
                parts.map { .init(scalar: $0.scalar, consumed: $0.consumed) }, for: range,
                of: bytes)
        }
    }

    /// A code point of the result, and how many of the source it takes.
    private struct Part {
        var scalar: UInt32
        var combiningClass: UInt8
        var consumed: Int
    }

    private func decomposed(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(range.count)
        Scalars.forEach(bytes, range) { scalar, index in
            let length = Scalars.length(bytes[index])
            let single = UnsafeBufferPointer(rebasing: bytes[index..<(index + length)])
            if scalar < 0x80 || (scalar >= 0x4E00 && scalar <= 0x9FFF) {
                parts.append(Part(scalar: scalar, combiningClass: 0, consumed: 1))
                return
            }
            let scalars =
                UnicodeForm.map(single, decomposition)?.withUnsafeBufferPointer(Scalars.all)
                ?? [scalar]
            for (number, scalar) in scalars.enumerated() {
                parts.append(
                    Part(
                        scalar: scalar, combiningClass: UnicodeForm.combiningClass(scalar),
                        consumed: number == 0 ? 1 : 0))
            }
        }
        return parts
    }

    private static func combiningClass(_ scalar: UInt32) -> UInt8 {
        guard scalar >= 0x300, let value = Unicode.Scalar(scalar) else { return 0 }
        return value.properties.canonicalCombiningClass.rawValue
    }

    /// Puts marks that follow one another into the order of their classes.
    private static func order(_ parts: inout [Part]) {
        var start = 0
        while start < parts.count {
            guard parts[start].combiningClass > 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < parts.count, parts[end].combiningClass > 0 { end += 1 }
            // Swift's sort is stable.
            parts[start..<end].sort { $0.combiningClass < $1.combiningClass }
            start = end
        }
    }

    /// Puts together what has a common code point.
    private static func composed(_ parts: [Part]) -> [Part] {
        var result: [Part] = []
        result.reserveCapacity(parts.count)
        // Where the last starter is, and the class of what follows it; nil where nothing does.
        var starter: Int?
        var last: UInt8?
        for part in parts {
            if let starter, last.map({ $0 < part.combiningClass }) ?? true,
                let joined = pair(result[starter].scalar, part.scalar)
            {
                result[starter].scalar = joined
                result[starter].consumed += part.consumed
                continue
            }
            if part.combiningClass == 0 {
                starter = result.count
                last = nil
            } else {
                last = part.combiningClass
            }
            result.append(part)
        }
        return result
    }

    /// The code point that two become; nil where there is none.
    private static func pair(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if second < 0x300 || first >= 0x4E00 && first <= 0x9FFF { return nil }
        guard let one = Unicode.Scalar(first), let other = Unicode.Scalar(second) else {
            return nil
        }
        var text = ""
        text.unicodeScalars.append(one)
        text.unicodeScalars.append(other)
        guard let joined = text.withUTF8({ map($0, CU_NFC) }) else { return nil }
        let scalars = joined.withUnsafeBufferPointer(Scalars.all)
        return scalars.count == 1 ? scalars[0] : nil
    }

    /// A text in a form; nil where it is in it.
    private static func map(
        _ bytes: UnsafeBufferPointer<UInt8>, _ mapping: cu_mapping
    ) -> [UInt8]? {
        // Only text beyond ASCII changes.
        guard bytes.contains(where: { $0 >= 0x80 }) else { return nil }
        var result = cu_text()
        guard cu_map(mapping, bytes.baseAddress, bytes.count, 0, &result) == CU_OK else {
            return nil
        }
        defer {
            cu_free(result.bytes)
            cu_free(result.edits)
        }
        return result.bytes.map { Array(UnsafeBufferPointer(start: $0, count: result.count)) }
    }
}
