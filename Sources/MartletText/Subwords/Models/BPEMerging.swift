/// Merges the tokens of one word, in time n log n.
struct BPEMerging {
    private struct Symbol {
        /// -1 where it went into the one before it.
        var id: Int32
        var start: Int32
        var end: Int32
        var previous: Int32
        var next: Int32
    }

    private var symbols: [Symbol] = []
    /// A heap of ranks, each above the place of the pair's left symbol: the least is the next merge.
    private var heap: [UInt64] = []

    /// Forgets the word before.
    mutating func removeAll() {
        symbols.removeAll(keepingCapacity: true)
        heap.removeAll(keepingCapacity: true)
    }

    /// Adds a token at the end.
    @inline(__always)
    mutating func add(_ id: Int32, _ start: Int, _ end: Int) {
        let index = Int32(symbols.count)
        symbols.append(
            Symbol(
                id: id, start: Int32(start), end: Int32(end), previous: index - 1,
                next: index + 1))
    }

    /// Makes the last token reach further.
    mutating func extendLast(to end: Int) { symbols[symbols.count - 1].end = Int32(end) }

    /// Merges while a pair of neighbours has a merge.
    mutating func merge(_ table: MergeTable) {
        guard symbols.count > 1 else { return }
        for index in 0..<(symbols.count - 1) { push(index, table) }
        while let entry = pop() {
            let index = Int(entry & 0xFFFF_FFFF)
            let rank = UInt32(entry >> 32)
            let left = symbols[index]
            guard left.id >= 0, Int(left.next) < symbols.count else { continue }
            let right = symbols[Int(left.next)]
            // The pair may have changed since.
            guard let merge = table.find(left.id, right.id), merge.rank == rank else { continue }
            symbols[Int(left.next)].id = -1
            symbols[index].id = merge.result
            symbols[index].end = right.end
            symbols[index].next = right.next
            if Int(right.next) < symbols.count {
                symbols[Int(right.next)].previous = Int32(index)
                push(index, table)
            }
            if left.previous >= 0 { push(Int(left.previous), table) }
        }
    }

    /// Hands out the tokens.
    func append(to tokens: inout [ModelToken]) {
        for symbol in symbols where symbol.id >= 0 {
            tokens.append(ModelToken(id: symbol.id, start: symbol.start, end: symbol.end))
        }
    }

    @inline(__always)
    private mutating func push(_ index: Int, _ table: MergeTable) {
        let symbol = symbols[index]
        guard let merge = table.find(symbol.id, symbols[Int(symbol.next)].id) else { return }
        let entry = UInt64(merge.rank) << 32 | UInt64(index)
        var place = heap.count
        heap.append(entry)
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[parent] > entry else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = entry
    }

    @inline(__always)
    private mutating func pop() -> UInt64? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        var place = 0
        while 2 * place + 1 < heap.count {
            var child = 2 * place + 1
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[place] = heap[child]
            place = child
        }
        if !heap.isEmpty { heap[place] = last }
        return first
    }
}

/// The ranks of merges by the ids of their tokens.
struct MergeTable: Sendable {
    private var keys: [UInt64]
    private var values: [UInt64]
    private let shift: UInt64

    private static let free = UInt64.max

    init(capacity: Int) {
        var bits: UInt64 = 4
        while 1 << bits < capacity * 2 { bits += 1 }
        shift = 64 - bits
        keys = [UInt64](repeating: MergeTable.free, count: 1 << bits)
        values = [UInt64](repeating: 0, count: 1 << bits)
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        let product = (key ^ 0xD6E8_FEB8_6659_FD93).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return Int((product.high ^ product.low) >> shift)
    }

    /// Puts a merge in; a later one of the same tokens takes the place of an earlier one.
    mutating func insert(_ left: Int32, _ right: Int32, rank: Int, result: Int32) {
        let key = MergeTable.key(left, right)
        var slot = slot(key)
        while keys[slot] != MergeTable.free, keys[slot] != key {
            slot = (slot + 1) & (keys.count - 1)
        }
        keys[slot] = key
        values[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: result))
    }

    /// The rank of a pair's merge, and the token it becomes; nil where it has none.
    @inline(__always)
    func find(_ left: Int32, _ right: Int32) -> (rank: UInt32, result: Int32)? {
        let key = MergeTable.key(left, right)
        var slot = slot(key)
        while keys[slot] != key {
            if keys[slot] == MergeTable.free { return nil }
            slot = (slot + 1) & (keys.count - 1)
        }
        let value = values[slot]
        return (UInt32(value >> 32), Int32(bitPattern: UInt32(truncatingIfNeeded: value)))
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
