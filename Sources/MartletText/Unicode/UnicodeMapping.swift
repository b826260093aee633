internal import CUnicode

extension NormalizationForm {
    var mapping: cu_mapping {
        switch self {
        case .nfc: CU_NFC
        case .nfd: CU_NFD
        case .nfkc: CU_NFKC
        case .nfkd: CU_NFKD
        }
    }
}

extension UnicodeText {
    /// A text in another form.
    static func changed(_ text: String, _ mapping: cu_mapping) -> String {
        mapped(text, mapping, withEdits: false)?.text ?? text
    }

    /// A text in another form, and what changed when that is asked for; nil where nothing does.
    static func mapped(
        _ text: String, _ mapping: cu_mapping, withEdits: Bool
    ) -> (text: String, edits: [AlignedText.Edit])? {
        text.withBytes { bytes in
            if bytes.areASCII { return mappedASCII(bytes, mapping) }
            return bytes.mapped(mapping, withEdits: withEdits) { changed, edits in
                (
                    changed.text(0..<changed.count),
                    edits.map {
                        AlignedText.Edit(
                            old: Int($0.old_length), new: Int($0.new_length), count: Int($0.count))
                    }
                )
            }
        }
    }

    /// In ASCII only the case of letters can change, and each byte stays where it is.
    private static func mappedASCII(
        _ bytes: UTF8Bytes, _ mapping: cu_mapping
    ) -> (text: String, edits: [AlignedText.Edit])? {
        let isUpper = { (byte: UInt8) in byte >= 0x41 && byte <= 0x5A }
        guard mapping == CU_LOWERCASE || mapping == CU_FOLD_CASE, bytes.contains(where: isUpper)
        else { return nil }
        let text = String(unsafeUninitializedCapacity: bytes.count) { lower in
            for (place, byte) in bytes.enumerated() {
                lower[place] = isUpper(byte) ? byte | 0x20 : byte
            }
            return bytes.count
        }
        return (text, [AlignedText.Edit(old: 1, new: 1, count: bytes.count)])
    }
}

extension UTF8Bytes {
    /// What a closure makes of the text in another form, and of what changed when that is asked for; nil where nothing does.
    func mapped<R>(
        _ mapping: cu_mapping, withEdits: Bool = false,
        _ body: (UTF8Bytes, UnsafeBufferPointer<cu_edit>) -> R
    ) -> R? {
        var result = cu_text()
        let status = cu_map(mapping, baseAddress, count, withEdits ? 1 : 0, &result)
        defer {
            cu_free(result.bytes)
            cu_free(result.edits)
        }
        precondition(status == CU_OK, "UnicodeText: ICU cannot change a text of \(count) bytes")
        guard let changed = result.bytes else { return nil }
        return body(
            UTF8Bytes(start: changed, count: result.count),
            UnsafeBufferPointer<cu_edit>(start: result.edits, count: result.edit_count))
    }
}
