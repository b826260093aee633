internal import MartletData

/// A value of JSON that knows where it stands in its text.
struct JSONNode {
    enum Value {
        case null
        case bool(Bool)
        case number(Double)
        case string(String)
        case array([JSONNode])
        case object([(key: String, byte: Int, value: JSONNode)])
    }

    typealias Failure = JSONScanner.Failure

    /// Where it begins.
    let byte: Int
    let value: Value

    /// How many arrays and objects may lie in one another.
    private static let greatestDepth = 32

    /// Reads a text that is one value.
    init(_ text: UnsafeBufferPointer<UInt8>) throws(Failure) {
        var scanner = JSONScanner(text)
        scanner.skipByteOrderMark()
        self = try JSONNode(&scanner, depth: 0)
        guard scanner.peek() == nil else { throw scanner.failure(expected: "the end") }
    }

    private init(_ scanner: inout JSONScanner, depth: Int) throws(Failure) {
        let next = scanner.peek()
        byte = scanner.position
        guard depth < JSONNode.greatestDepth else {
            throw Failure(
                byte: byte, problem: "values lie in one another",
                expected: "at most \(JSONNode.greatestDepth) deep")
        }
        switch next {
        case UInt8(ascii: "{"):
            var members: [(key: String, byte: Int, value: JSONNode)] = []
            try scanner.members { (scanner, key, byte) throws(Failure) in
                members.append((key, byte, try JSONNode(&scanner, depth: depth + 1)))
            }
            value = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONNode] = []
            try scanner.elements { (scanner) throws(Failure) in
                elements.append(try JSONNode(&scanner, depth: depth + 1))
            }
            value = .array(elements)
        case UInt8(ascii: "\""): value = .string(try scanner.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            try scanner.skipValue()
            value = next == UInt8(ascii: "n") ? .null : .bool(next == UInt8(ascii: "t"))
        default: value = .number(try scanner.number())
        }
    }

    var isNull: Bool { if case .null = value { true } else { false } }

    /// A failure about this value.
    func failure(_ problem: String, expected: String) -> Failure {
        Failure(byte: byte, problem: problem, expected: expected)
    }

    private var kind: String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): "the number \(value)"
        case .string(let value): "the string \(quoted(value))"
        case .array: "an array"
        case .object: "an object"
        }
    }

    func string() throws(Failure) -> String {
        guard case .string(let value) = value else { throw failure(kind, expected: "a string") }
        return value
    }

    func bool() throws(Failure) -> Bool {
        guard case .bool(let value) = value else {
            throw failure(kind, expected: "true or false")
        }
        return value
    }

    func number() throws(Failure) -> Double {
        guard case .number(let value) = value else { throw failure(kind, expected: "a number") }
        return value
    }

    /// A whole number from 0 to 2³¹ - 1.
    func natural() throws(Failure) -> Int {
        guard case .number(let value) = value, let number = Int(exactly: value),
            (0...Int(Int32.max)).contains(number)
        else { throw failure(kind, expected: "a whole number from 0 to \(Int32.max)") }
        return number
    }

    func array() throws(Failure) -> [JSONNode] {
        guard case .array(let elements) = value else { throw failure(kind, expected: "an array") }
        return elements
    }

    func members() throws(Failure) -> [(key: String, byte: Int, value: JSONNode)] {
        guard case .object(let members) = value else { throw failure(kind, expected: "an object") }
        return members
    }

    /// A string of one code point.
    func scalar() throws(Failure) -> Unicode.Scalar {
        let text = try string()
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw failure(kind, expected: "a string of one code point")
        }
        return scalar
    }

    /// One of the names of an enumeration.
    func choice<Choice: RawRepresentable<String>>(
        _ type: Choice.Type, of all: [Choice]
    ) throws(Failure) -> Choice {
        guard let choice = Choice(rawValue: try string()) else {
            throw failure(
                kind, expected: "one of " + all.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// Runs a closure that finds problems, and says of them that they are here.
    func placing<R>(_ body: () throws(SubwordProblem) -> R) throws(Failure) -> R {
        do throws(SubwordProblem) { return try body() } catch {
            throw failure(error.problem, expected: error.expected)
        }
    }
}

/// The members of an object, each of which must be asked for.
struct JSONFields {
    let node: JSONNode
    private var members: [(key: String, byte: Int, value: JSONNode)]

    init(_ node: JSONNode) throws(JSONNode.Failure) {
        self.node = node
        members = try node.members()
        // More than any of the format's objects has would take long to tell apart.
        guard members.count <= 64 else {
            throw node.failure("an object of \(members.count) members", expected: "at most 64")
        }
        var keys: Set<String> = []
        for member in members where !keys.insert(member.key).inserted {
            throw JSONNode.Failure(
                byte: member.byte, problem: "the key \(quoted(member.key)) twice",
                expected: "every key once")
        }
    }

    /// The value of a key; nil where it is null or not there.
    mutating func optional(_ key: String) -> JSONNode? {
        guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
        let value = members.remove(at: index).value
        return value.isNull ? nil : value
    }

    /// The value of a key.
    mutating func required(_ key: String) throws(JSONNode.Failure) -> JSONNode {
        guard let value = optional(key) else {
            throw node.failure("no \(quoted(key))", expected: "a value for it")
        }
        return value
    }

    /// Whether a setting is on; the default where it is not there.
    mutating func flag(_ key: String, default value: Bool) throws(JSONNode.Failure) -> Bool {
        try optional(key)?.bool() ?? value
    }

    /// Refuses what was not asked for.
    func finish() throws(JSONNode.Failure) {
        guard let member = members.first else { return }
        throw JSONNode.Failure(
            byte: member.byte, problem: "the key \(quoted(member.key))",
            expected: "only keys that are known here")
    }
}
