/// Values of any kind.
extension JSONScanner {
    /// How many values may lie in one another where they are passed over.
    package static let maximalDepth = 512

    /// Passes over a value of any kind, held to the grammar.
    package mutating func skipValue() throws(Failure) {
        // For each bracket that is not closed, whether it is an object's.
        var open: [Bool] = []
        repeat {
            switch peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = bytes[position] == UInt8(ascii: "{")
                guard open.count < JSONScanner.maximalDepth else {
                    throw Failure(
                        byte: position, problem: "values lie in one another",
                        expected: "at most \(JSONScanner.maximalDepth) deep")
                }
                position += 1
                if try hasItem(isFirst: true, closing: isObject ? "}" : "]") {
                    open.append(isObject)
                    if isObject { try skipKey() }
                    continue
                }
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "t"): try skip("true")
            case UInt8(ascii: "f"): try skip("false")
            case UInt8(ascii: "n"): try skip("null")
            default: _ = try number()
            }
            while let isObject = open.last {
                if try hasItem(isFirst: false, closing: isObject ? "}" : "]") {
                    if isObject { try skipKey() }
                    break
                }
                open.removeLast()
            }
        } while !open.isEmpty
    }

    /// Passes over a byte order mark, which some editors write at the beginning.
    package mutating func skipByteOrderMark() {
        if position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// Reads an object, calling the closure with each key and the byte it begins at; it reads the value.
    package mutating func members(
        _ body: (inout JSONScanner, _ key: String, _ byte: Int) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        var isFirst = true
        while try hasItem(isFirst: isFirst, closing: "}") {
            isFirst = false
            _ = peek()
            let byte = position
            let key = try string()
            try expect(":")
            try body(&self, key, byte)
        }
    }

    /// Reads an array, calling the closure for each element, which it reads.
    package mutating func elements(
        _ body: (inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("[")
        var isFirst = true
        while try hasItem(isFirst: isFirst, closing: "]") {
            isFirst = false
            try body(&self)
        }
    }

    /// Whether a number comes next.
    package mutating func isAtNumber() -> Bool {
        guard let next = peek() else { return false }
        return next == UInt8(ascii: "-") || (0x30...0x39).contains(next)
    }

    private mutating func skipKey() throws(Failure) {
        try skipString()
        try expect(":")
    }

    private mutating func skipString() throws(Failure) {
        try expect("\"")
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): position += 2
            case 0..<0x20:
                throw failure(expected: "control characters in strings to be escaped")
            default: position += 1
            }
        }
        position = bytes.count
        throw failure(expected: "the closing quote of a string")
    }

    private mutating func skip(_ word: StaticString) throws(Failure) {
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard position + wanted.count <= bytes.count,
            bytes[position..<(position + wanted.count)].elementsEqual(wanted)
        else { throw failure(expected: "a value") }
        position += wanted.count
    }

    /// The powers of ten that a double holds exactly.
    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// A number, rounded to the nearest double.
    ///
    /// - Throws: `Failure` where there is none, or it is greater than any double.
    package mutating func number() throws(Failure) -> Double {
        _ = peek()
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let isNegative = position > start
        let first = position
        var digits: UInt64 = 0
        try skipDigits(into: &digits)
        if bytes[first] == UInt8(ascii: "0"), position > first + 1 {
            throw Failure(
                byte: start, problem: "a number with leading zeros", expected: "none of them")
        }
        var length = position - first
        var decimals = 0
        var isShort = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let point = position
            try skipDigits(into: &digits)
            decimals = position - point
            length += decimals
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            isShort = false
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            var exponent: UInt64 = 0
            try skipDigits(into: &exponent)
        }
        // Both are exact, so that their quotient is rounded once.
        if isShort && length <= 15 {
            let value = Double(digits) / JSONScanner.powers[decimals]
            return isNegative ? -value : value
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw Failure(
                byte: start, problem: "the number \(quoted(text))", expected: "at most 1.8e308")
        }
        return value
    }

    /// Reads digits, at least one, behind those read before; what is beyond 64 bits is cut.
    private mutating func skipDigits(into value: inout UInt64) throws(Failure) {
        let start = position
        while position < bytes.count, case 0x30...0x39 = bytes[position] {
            value = value &* 10 &+ UInt64(bytes[position] & 15)
            position += 1
        }
        if position == start { throw failure(expected: "a value") }
    }
}
