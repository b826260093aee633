internal import CUnicode

// With the origin of each code point as Hugging Face tokenizers has it: what one code point becomes comes from it, and what
// several become comes from the first of them.
extension NormalizationForm {
    private var composes: Bool { self == .nfc || self == .nfkc }

    /// The form in which code points are apart that this one may put together.
    private var decomposition: cu_mapping { self == .nfc || self == .nfd ? CU_NFD : CU_NFKD }

    /// Brings every piece of a text into the form.
    func apply(_ text: inout SubwordText) {
        guard text.contains({ !$0.areASCII && $0.mapped(mapping) { _, _ in } != nil }) else {
            return
        }
        text.rewrite { bytes, range, writer in
            var parts = decomposed(bytes, range)
            Self.order(&parts)
            if composes { parts = Self.composed(parts) }
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
        bytes.forEachScalar(in: range) { scalar, index in
            let length = UTF8Bytes.width(bytes[index])
            let single = UnsafeBufferPointer(rebasing: bytes[index..<(index + length)])
            if scalar < 0x80 || (scalar >= 0x4E00 && scalar <= 0x9FFF) {
                parts.append(Part(scalar: scalar, combiningClass: 0, consumed: 1))
                return
            }
            let scalars = Self.scalars(single, decomposition) ?? [scalar]
            for (number, scalar) in scalars.enumerated() {
                parts.append(
                    Part(
                        scalar: scalar, combiningClass: Self.combiningClass(scalar),
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
        guard let joined = text.withUTF8({ scalars($0, CU_NFC) }), joined.count == 1 else {
            return nil
        }
        return joined[0]
    }

    /// The code points of a text in a form; nil where it is in it.
    private static func scalars(_ bytes: UTF8Bytes, _ mapping: cu_mapping) -> [UInt32]? {
        bytes.areASCII ? nil : bytes.mapped(mapping) { changed, _ in changed.scalars }
    }
}
