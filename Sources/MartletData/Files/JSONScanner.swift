/// Reads JSON token by token, strictly by RFC 8259.
///
/// General JSON readers lose the order of keys, keep one of two equal ones, and do not tell where in the text a value
/// stood; here the caller sees every key and every place. It never recurses, so no input is too deep for it.
package struct JSONScanner {
    /// What was wrong, and at which byte of the text.
    package struct Failure: Error {
        package let byte: Int
        package let problem: String
        package let expected: String

        package init(byte: Int, problem: String, expected: String) {
            self.byte = byte
            self.problem = problem
            self.expected = expected
        }
    }

    let bytes: UnsafeBufferPointer<UInt8>
    /// How many bytes were read.
    package var position = 0

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    /// The next byte that is not space; nil at the end.
    package mutating func peek() -> UInt8? {
        skipSpace()
        return position < bytes.count ? bytes[position] : nil
    }

    package mutating func expect(_ character: Character) throws(Failure) {
        guard let next = peek(), next == character.asciiValue else {
            throw failure(expected: "'\(character)'")
        }
        position += 1
    }

    /// Whether an object or array, whose opening bracket was read, has a first or another item.
    package mutating func hasItem(isFirst: Bool, closing: Character) throws(Failure) -> Bool {
        guard let next = peek() else {
            throw failure(expected: isFirst ? "an item or '\(closing)'" : "',' or '\(closing)'")
        }
        if next == closing.asciiValue {
            position += 1
            return false
        }
        if isFirst { return true }
        try expect(",")
        return true
    }

    /// A whole number of 0 or more that fits an `Int`.
    mutating func natural() throws(Failure) -> Int {
        _ = peek()
        let start = position
        var value = 0
        while position < bytes.count, case 0x30...0x39 = bytes[position] {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(bytes[position] - 0x30))
            guard !overflow && !carry else {
                throw Failure(
                    byte: start, problem: "a number beyond 64 bits",
                    expected: "at most \(Int.max)")
            }
            value = sum
            position += 1
        }
        let count = position - start
        guard count > 0 else { throw failure(expected: "a whole number of 0 or more") }
        if count > 1 && bytes[start] == 0x30 {
            throw Failure(
                byte: start, problem: "a number with leading zeros",
                expected: "a whole number of 0 or more")
        }
        if position < bytes.count, [UInt8(ascii: "."), 0x65, 0x45].contains(bytes[position]) {
            throw failure(expected: "a whole number of 0 or more")
        }
        return value
    }

    /// A string, its escapes resolved.
    package mutating func string() throws(Failure) -> String {
        try expect("\"")
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
            bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20
        {
            position += 1
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            position += 1
            return try decoded(bytes[start..<(position - 1)], at: start)
        }
        return try escapedString(from: start)
    }

    /// Goes on where the first escape or fault of a string is.
    private mutating func escapedString(from start: Int) throws(Failure) -> String {
        var content = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try decoded(content[...], at: start)
            case UInt8(ascii: "\\"):
                try content.append(contentsOf: escape())
            case 0..<0x20:
                throw failure(expected: "control characters in strings to be escaped")
            default:
                content.append(byte)
                position += 1
            }
        }
        throw failure(expected: "the closing quote of a string")
    }

    private func decoded(_ content: some Collection<UInt8>, at start: Int) throws(Failure) -> String
    {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw Failure(byte: start, problem: "a string that is not UTF-8", expected: "UTF-8")
        }
        return text
    }

    private mutating func escape() throws(Failure) -> [UInt8] {
        let start = position
        let invalid = Failure(
            byte: start, problem: "an invalid escape",
            expected: #"one of \" \\ \/ \b \f \n \r \t \uXXXX"#)
        position += 2
        guard position <= bytes.count else { throw invalid }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [bytes[start + 1]]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): break
        default: throw invalid
        }
        guard let first = hexadecimal() else { throw invalid }
        var units = [first]
        if first & 0xfc00 == 0xd800, position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            guard let second = hexadecimal() else { throw invalid }
            units.append(second)
        }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw Failure(
                byte: start, problem: "half of a surrogate pair", expected: "both halves")
        }
        return Array(text.utf8)
    }

    private mutating func hexadecimal() -> UInt16? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt16 = 0
        for byte in bytes[position..<(position + 4)] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
                return nil
            }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }

    /// What stands at the current position, against what should.
    package func failure(expected: String) -> Failure {
        guard position < bytes.count else {
            return Failure(byte: position, problem: "the text ends", expected: expected)
        }
        let byte = bytes[position]
        let found = byte > 0x20 && byte < 0x7f ? "'\(UnicodeScalar(byte))'" : "the byte \(byte)"
        return Failure(byte: position, problem: found, expected: expected)
    }
}
