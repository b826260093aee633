internal import Martlet

/// Reads the pickle in which `torch.save` describes tensors.
///
/// A pickle is a program for a machine with a stack; general readers let it call any function. This one knows the 31
/// opcodes and 13 names that a state dict needs, makes values of its own kinds of them and refuses everything else: nothing
/// in a file is ever run. It is a loop over the bytes, and what it holds grows with them alone.
///
/// Format: https://docs.python.org/3/library/pickletools.html
struct Unpickler {
    /// The most bytes a pickle may have; that of 100,000 tensors takes a fifth of them.
    static let maximumLength = 100_000_000

    let path: String
    /// The pickle's record in the archive.
    let entry: String
    let bytes: [UInt8]
    var heap = PickleHeap()
    /// Where the opcode at hand starts, and the next byte to read.
    private var start = 0
    private var position = 0
    var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    var storages: [String: Int] = [:]

    init(_ bytes: [UInt8], path: String, entry: String) {
        self.bytes = bytes
        self.path = path
        self.entry = entry
    }

    /// Runs over all opcodes; the value that stays.
    mutating func load() throws(WeightsError) -> PickleValue {
        while true {
            start = position
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") { return try stop() }
            try execute(opcode)
        }
    }

    private mutating func stop() throws(WeightsError) -> PickleValue {
        guard marks.isEmpty, stack.count == 1 else {
            throw failure("the end with \(stack.count) values left", "one value")
        }
        guard position == bytes.count else {
            throw failure("\(bytes.count - position) bytes after the end", "none")
        }
        return stack[0]
    }

    private mutating func execute(_ opcode: UInt8) throws(WeightsError) {
        switch opcode {
        case 0x80:
            let version = try byte()
            guard version == 2 else {
                throw failure("pickle protocol \(version)", "2, as torch.save writes it by default")
            }
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try little(1))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try little(2))))
        case UInt8(ascii: "J"):
            stack.append(.integer(Int(Int32(truncatingIfNeeded: try little(4)))))
        case 0x8a: try longInteger()
        case UInt8(ascii: "G"):
            _ = try take(8)
            stack.append(.number)
        case UInt8(ascii: "X"): try string()
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: ")"): pushTuple([])
        case UInt8(ascii: "t"): pushTuple(Array(try popToMark()))
        case 0x85, 0x86, 0x87:
            var items: [PickleValue] = []
            for _ in 0..<(opcode - 0x84) { items.append(try pop()) }
            pushTuple(items.reversed())
        case UInt8(ascii: "]"): stack.append(.list)
        case UInt8(ascii: "a"):
            _ = try pop()
            try requireList()
        case UInt8(ascii: "e"):
            _ = try popToMark()
            try requireList()
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "s"):
            let value = try pop()
            try set([try pop(), value])
        case UInt8(ascii: "u"): try set(popToMark())
        case UInt8(ascii: "q"): try remember(Int(try little(1)))
        case UInt8(ascii: "r"): try remember(Int(try little(4)))
        case UInt8(ascii: "h"): try recall(Int(try little(1)))
        case UInt8(ascii: "j"): try recall(Int(try little(4)))
        case UInt8(ascii: "c"): try global()
        case UInt8(ascii: "Q"): try storage()
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"): try build()
        default:
            let code = String(opcode, radix: 16)
            throw failure(
                "the opcode 0x\(code)\(opcode > 0x20 && opcode < 0x7f ? " '\(UnicodeScalar(opcode))'" : "")",
                "one that a state dict needs; nothing else in a pickle is loaded")
        }
    }

    // MARK: Bytes

    private mutating func byte() throws(WeightsError) -> UInt8 {
        guard position < bytes.count else {
            throw failure("the pickle ends", "more, up to the opcode STOP")
        }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: Int) throws(WeightsError) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else {
            throw failure("\(count) bytes announced, which the pickle does not have", "fewer")
        }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    private mutating func little(_ count: Int) throws(WeightsError) -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func longInteger() throws(WeightsError) {
        let count = Int(try byte())
        let digits = try take(count)
        guard count <= 8 else { return stack.append(.number) }
        let isNegative = digits.last.map { $0 & 0x80 != 0 } ?? false
        let value = digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
        stack.append(.integer(value))
    }

    private mutating func string() throws(WeightsError) {
        let count = Int(try little(4))
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw failure("a string that is not UTF-8", "UTF-8")
        }
        stack.append(.string(text))
    }

    /// Text up to the end of the line.
    mutating func line() throws(WeightsError) -> String {
        guard let end = bytes[position...].prefix(256).firstIndex(of: UInt8(ascii: "\n")),
            let text = String(validating: bytes[position..<end], as: UTF8.self)
        else { throw failure("a global without a name", "two lines of text") }
        position = end + 1
        return text
    }

    // MARK: The stack

    /// The height that the innermost mark protects.
    private var floor: Int { marks.last ?? 0 }

    mutating func pop() throws(WeightsError) -> PickleValue {
        guard stack.count > floor, let value = stack.popLast() else { throw underflow() }
        return value
    }

    func top() throws(WeightsError) -> PickleValue {
        guard stack.count > floor, let value = stack.last else { throw underflow() }
        return value
    }

    private func underflow() -> WeightsError {
        failure("an opcode that finds no value", "a value on the stack")
    }

    private mutating func popToMark() throws(WeightsError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw failure("no mark", "the opcode MARK before") }
        let items = Array(stack[mark...])
        stack.removeLast(items.count)
        return items
    }

    private mutating func remember(_ index: Int) throws(WeightsError) { memo[index] = try top() }

    private mutating func recall(_ index: Int) throws(WeightsError) {
        guard let value = memo[index] else {
            throw failure("the memo \(index), which nothing was put into", "one of before")
        }
        stack.append(value)
    }

    private mutating func pushTuple(_ items: [PickleValue]) {
        stack.append(.tuple(heap.tuples.count))
        heap.tuples.append(items)
    }

    mutating func pushDictionary() {
        stack.append(.dictionary(heap.dictionaries.count))
        heap.dictionaries.append([])
    }

    private func requireList() throws(WeightsError) {
        guard case .list = try top() else {
            throw failure("items for \(try top().kind)", "a list to append them to")
        }
    }

    private mutating func set(_ items: [PickleValue]) throws(WeightsError) {
        guard case .dictionary(let place) = try top() else {
            throw failure("keys for \(try top().kind)", "a dictionary to set them in")
        }
        guard items.count % 2 == 0 else { throw failure("a key without a value", "both") }
        for index in stride(from: 0, to: items.count, by: 2) {
            let key: PickleKey
            switch items[index] {
            case .string(let text): key = .string(text)
            case .integer(let number): key = .integer(number)
            case let other: throw failure("\(other.kind) as a key", "a string or a whole number")
            }
            heap.dictionaries[place].append((key, items[index + 1]))
        }
    }

    func failure(_ problem: String, _ expected: String) -> WeightsError {
        WeightsError(
            path: path, entry: entry, byte: start, problem: problem, expected: expected)
    }
}
