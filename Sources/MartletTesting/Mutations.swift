public import Martlet

/// Files with mistakes in them, endlessly: good ones changed at random, the same for the same seed.
///
/// A mutant has one to six changes: a bit flipped; a byte or a number of 2, 4 or 8 bytes replaced by one at the limits of
/// its type; a chunk deleted, repeated, put in the place of another or taken from another good file; random bytes or a word
/// of the format put in; the end cut off.
public struct Mutations {
    private let seeds: [[UInt8]]
    private let words: [[UInt8]]
    private var generator: Generator

    /// - Parameters:
    ///   - seeds: good files, at least one.
    ///   - words: what the format's readers look for.
    public init(of seeds: [[UInt8]], words: [String], generator: Generator) {
        precondition(!seeds.isEmpty, "Mutations: expected at least one file to change")
        self.seeds = seeds
        self.words = words.map { Array($0.utf8) }
        self.generator = generator
    }

    /// The next mutant.
    public mutating func next() -> [UInt8] {
        var bytes = seeds[number(seeds.count)]
        for _ in 0..<(1 + number(3) * number(3) + number(2)) { change(&bytes) }
        return bytes
    }

    private mutating func number(_ limit: Int) -> Int { generator.integer(in: 0..<max(1, limit)) }

    private mutating func change(_ bytes: inout [UInt8]) {
        let kind = number(11)
        guard !bytes.isEmpty else { return bytes.append(UInt8(number(256))) }
        let place = number(bytes.count)
        switch kind {
        case 0, 1: bytes[place] ^= 1 << number(8)
        case 2: bytes[place] = [0, 1, 0x7f, 0x80, 0xff, UInt8(number(256))][number(6)]
        case 3, 4: write(limit(of: bytes.count), &bytes)
        case 5: bytes.removeSubrange(chunk(bytes))
        case 6: bytes.insert(contentsOf: bytes[chunk(bytes)], at: place)
        case 7:
            let other = seeds[number(seeds.count)]
            bytes.replaceSubrange(chunk(bytes), with: other[chunk(other)])
        case 8: bytes.insert(contentsOf: (0..<number(9)).map { _ in UInt8(number(256)) }, at: place)
        case 9 where !words.isEmpty:
            let word = words[number(words.count)]
            let end = number(2) == 0 ? place : min(bytes.count, place + word.count)
            bytes.replaceSubrange(place..<end, with: word)
        default:
            bytes.removeLast(number(2) == 0 ? bytes.count - place : min(bytes.count, number(9)))
        }
    }

    /// A part of at most 64 bytes, or now and then of any length.
    private mutating func chunk(_ bytes: [UInt8]) -> Range<Int> {
        let start = number(bytes.count)
        let longest = number(8) == 0 ? bytes.count : 64
        return start..<min(bytes.count, start + number(longest))
    }

    /// A number that is at a limit of some type, or near one of the file's.
    private mutating func limit(of count: Int) -> UInt64 {
        let limits: [UInt64] = [
            0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
            0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, .max, UInt64(count),
        ]
        return limits[number(limits.count)] &+ UInt64(number(3)) &- 1
    }

    private mutating func write(_ value: UInt64, _ bytes: inout [UInt8]) {
        let size = min(2 << number(3), bytes.count)
        let start = number(bytes.count - size + 1)
        let isBig = number(4) == 0
        for index in 0..<size {
            let shift = UInt64(8 * (isBig ? size - 1 - index : index))
            bytes[start + index] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }
}
