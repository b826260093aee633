public import MartletData

extension UnknownWordModel {
    /// Reads a model from a JSON file of natural logarithms of probabilities, as `scripts/jieba-model.py` writes it from an
    /// installed jieba:
    ///
    ///     {"start": {"B": -0.26, ...},
    ///      "transition": {"B": {"E": -0.51, "M": -0.92}, ...},
    ///      "emission": {"B": {"\u4e00": -3.65, ...}, ...}}
    ///
    /// What is not in it is all but impossible (-3.14e100). Characters other than U+4E00 to U+9FD5 and other keys of the whole are
    /// passed over. A file has at most 64 MiB.
    ///
    /// - Throws: `DataError` with the byte: for what is no such JSON, for other states, numbers above 0 and keys given twice.
    public init(path: String) throws(DataError) {
        try self.init(contents: InputFile.contents(path, longest: 64 << 20), path: path)
    }

    /// Reads what such a file holds.
    ///
    /// - Parameter path: what errors call it.
    public init(contents bytes: [UInt8], path: String) throws(DataError) {
        try bytes.withUnsafeBufferPointer { bytes throws(DataError) in
            var scanner = JSONScanner(bytes)
            do throws(JSONScanner.Failure) {
                try read(&scanner)
            } catch {
                throw DataError(
                    path: path, place: "byte \(error.byte)", problem: error.problem,
                    expected: error.expected)
            }
        }
    }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        scanner.skipByteOrderMark()
        // No logarithm of a probability, and so what is yet to be given.
        let open = 1.0
        var (starts, transitions, emissions) = (
            starts.map { _ in open }, transitions.map { _ in open }, emissions.map { _ in open }
        )
        var known: Set<String> = []
        try scanner.members { scanner, key, byte throws(JSONScanner.Failure) in
            guard ["start", "transition", "emission"].contains(key) else {
                return try scanner.skipValue()
            }
            guard known.insert(key).inserted else { throw Self.again(key, byte) }
            try Self.states(&scanner) { scanner, state throws(JSONScanner.Failure) in
                switch key {
                case "start": starts[state] = try Self.logarithm(&scanner)
                case "transition":
                    try Self.states(&scanner) { scanner, next throws(JSONScanner.Failure) in
                        transitions[4 * state + next] = try Self.logarithm(&scanner)
                    }
                default: try Self.characters(&scanner, state, &emissions)
                }
            }
        }
        if scanner.peek() != nil { throw scanner.failure(expected: "the end of the file") }
        guard known.count == 3 else {
            throw JSONScanner.Failure(
                byte: scanner.position, problem: "the file has no more than \(known.sorted())",
                expected: "start, transition and emission")
        }
        self.starts = starts.map { $0 == open ? Self.impossible : $0 }
        self.transitions = transitions.map { $0 == open ? Self.impossible : $0 }
        self.emissions = emissions.map { $0 == open ? Self.impossible : $0 }
    }

    /// Reads an object with a value for each state, or for some.
    private static func states(
        _ scanner: inout JSONScanner,
        _ body: (inout JSONScanner, Int) throws(JSONScanner.Failure) -> Void
    ) throws(JSONScanner.Failure) {
        var known: Set<Int> = []
        try scanner.members { scanner, key, byte throws(JSONScanner.Failure) in
            guard let state = ["B", "M", "E", "S"].firstIndex(of: key) else {
                throw JSONScanner.Failure(
                    byte: byte, problem: "the state \(quoted(key))", expected: "B, M, E or S")
            }
            guard known.insert(state).inserted else { throw again(key, byte) }
            try body(&scanner, state)
        }
    }

    private static func characters(
        _ scanner: inout JSONScanner, _ state: Int, _ emissions: inout [Double]
    ) throws(JSONScanner.Failure) {
        try scanner.members { scanner, key, byte throws(JSONScanner.Failure) in
            guard let scalar = key.unicodeScalars.first, key.unicodeScalars.count == 1 else {
                throw JSONScanner.Failure(
                    byte: byte, problem: "the key \(quoted(key))", expected: "one character")
            }
            let value = try logarithm(&scanner)
            guard let unit = UInt16(exactly: scalar.value), characters.contains(unit) else {
                return
            }
            let place = 4 * Int(unit - characters.lowerBound) + state
            guard emissions[place] > 0 else { throw again(key, byte) }
            emissions[place] = value
        }
    }

    private static func logarithm(
        _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> Double {
        _ = scanner.peek()
        let byte = scanner.position
        let value = try scanner.number()
        guard value <= 0 else {
            throw JSONScanner.Failure(
                byte: byte, problem: "the number \(value)",
                expected: "the logarithm of a probability, at most 0")
        }
        return value
    }

    private static func again(_ key: String, _ byte: Int) -> JSONScanner.Failure {
        JSONScanner.Failure(
            byte: byte, problem: "the key \(quoted(key)) again", expected: "it once")
    }
}
