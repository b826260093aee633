/// Numbers strings of bytes in the order they are put in, and finds the number of each.
///
/// Swift's dictionaries of `String` call canonically equivalent texts equal, which vocabularies do not.
struct ByteTable: Sendable {
    private var pool: [UInt8] = []
    /// Where each string ends in the pool; the first is 0.
    private var ends: [Int] = [0]
    /// In each slot the upper half of the hash and the number plus 1; 0 where it is free.
    private var slots = [UInt64](repeating: 0, count: 16)

    // Another one in each process, so that no file or text can be made to collide.
    private static let secret = UInt64.random(in: 1 ... .max)

    /// How many strings there are.
    var count: Int { ends.count - 1 }

    /// How many bytes all strings have together.
    var byteCount: Int { pool.count }

    /// The bytes of a string.
    func bytes(_ number: Int) -> ArraySlice<UInt8> { pool[ends[number]..<ends[number + 1]] }

    /// The number of a string; nil where it is not in the table.
    @inline(__always)
    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        find(bytes, hash: ByteTable.hash(bytes)).number
    }

    /// The number of a string; nil where it is not in the table.
    func find(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { find($0) }
    }

    /// Puts a string in; nothing happens where it is there.
    ///
    /// - Returns: its number, and whether it is new.
    @discardableResult
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (number: Int, isNew: Bool) {
        let hash = ByteTable.hash(bytes)
        let found = find(bytes, hash: hash)
        if let number = found.number { return (number, false) }
        let number = count
        pool.append(contentsOf: bytes)
        ends.append(pool.count)
        slots[found.slot] = hash & ~0xFFFF_FFFF | UInt64(number + 1)
        if count * 2 > slots.count { grow() }
        return (number, true)
    }

    /// Puts a text in; nothing happens where it is there.
    @discardableResult
    mutating func insert(_ text: String) -> (number: Int, isNew: Bool) {
        var text = text
        return text.withUTF8 { insert($0) }
    }

    private func find(
        _ bytes: UnsafeBufferPointer<UInt8>, hash: UInt64
    ) -> (number: Int?, slot: Int) {
        slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            var slot = Int(truncatingIfNeeded: hash >> 32) & mask
            while slots[slot] != 0 {
                let entry = slots[slot]
                if entry >> 32 == hash >> 32 {
                    let number = Int(entry & 0xFFFF_FFFF) - 1
                    if isEqual(number, bytes) { return (number, slot) }
                }
                slot = (slot + 1) & mask
            }
            return (nil, slot)
        }
    }

    @inline(__always)
    private func isEqual(_ number: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = ends[number]
        guard ends[number + 1] - start == bytes.count else { return false }
        return pool.withUnsafeBufferPointer { pool in
            for index in 0..<bytes.count where pool[start + index] != bytes[index] { return false }
            return true
        }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        for entry in slots where entry != 0 {
            var slot = Int(entry >> 32) & (larger.count - 1)
            while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
            larger[slot] = entry
        }
        slots = larger
    }

    @inline(__always)
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = secret ^ UInt64(bytes.count)
        let raw = UnsafeRawBufferPointer(bytes)
        var index = 0
        while index + 8 <= bytes.count {
            hash = mixed(hash, raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        return mixed(mixed(hash, rest), secret)
    }

    @inline(__always)
    private static func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        let product = (hash ^ value).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
