/// Finds merges: of all neighbours in the words those that come most often become one token, again and again (Sennrich,
/// Haddow and Birch, "Neural machine translation of rare words with subword units", 2016). Of pairs that come as often
/// the one whose tokens are older is first.
struct BPETraining {
    /// The tokens in the order of their ids.
    var tokens: [String] { table.texts }
    /// The merges, the first to be merged first.
    private(set) var merges: [(left: String, right: String)] = []
    private var table = ByteTable()
    private var words: [[Int32]] = []
    private var counts: [Int] = []
    private var pairCounts: [Pair: Int] = [:]
    private var heap: [Candidate] = []

    private struct Pair: Hashable {
        var left: Int32
        var right: Int32
    }

    /// A pair to be merged in some of the words; its count may be out of date.
    private struct Candidate {
        var pair: Pair
        var count: Int
        var words: [Int32]

        func isBefore(_ other: Candidate) -> Bool {
            if count != other.count { return count > other.count }
            return (pair.left, pair.right) < (other.pair.left, other.pair.right)
        }
    }

    init(
        _ trainer: SubwordTrainer, _ counted: [(word: ArraySlice<UInt8>, count: Int)],
        prefix: String?, suffix: String?
    ) {
        for token in trainer.specialTokens { table.insert(token) }
        let scalars = counted.map { $0.word.withUnsafeBufferPointer(\.scalars) }
        counts = counted.map(\.count)
        addAlphabet(trainer, scalars)
        for word in scalars { addWord(word, prefix: prefix, suffix: suffix) }
        countPairs()
        while table.count < trainer.vocabularySize, let best = popBest() {
            guard best.count >= max(1, trainer.leastCount) else { break }
            merge(best, prefix: Array((prefix ?? "").utf8))
        }
    }

    private mutating func addAlphabet(_ trainer: SubwordTrainer, _ words: [[UInt32]]) {
        var frequencies: [UInt32: Int] = [:]
        for (word, count) in zip(words, counts) {
            for scalar in word { frequencies[scalar, default: 0] += count }
        }
        for scalar in trainer.alphabet { frequencies[scalar.value] = .max }
        var kept = frequencies.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if let limit = trainer.alphabetLimit { kept = Array(kept.prefix(limit)) }
        for scalar in kept.map(\.key).sorted() {
            if let scalar = Unicode.Scalar(scalar) { table.insert(String(Character(scalar))) }
        }
    }

    /// A word as the tokens of its characters; those that are not of the alphabet are left out.
    private mutating func addWord(_ word: [UInt32], prefix: String?, suffix: String?) {
        var symbols: [Int32] = []
        for (index, value) in word.enumerated() {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var text = String(Character(scalar))
            guard table.find(text) != nil else { continue }
            if index > 0, let prefix { text = prefix + text }
            if index == word.count - 1, let suffix { text += suffix }
            symbols.append(Int32(table.insert(text).number))
        }
        words.append(symbols)
    }

    private mutating func countPairs() {
        var places: [Pair: [Int32]] = [:]
        for (number, word) in words.enumerated() {
            for (left, right) in zip(word, word.dropFirst()) {
                let pair = Pair(left: left, right: right)
                pairCounts[pair, default: 0] += counts[number]
                if places[pair]?.last != Int32(number) {
                    places[pair, default: []].append(Int32(number))
                }
            }
        }
        push(places)
    }

    private mutating func push(_ places: [Pair: [Int32]]) {
        for (pair, words) in places {
            guard let count = pairCounts[pair], count > 0 else { continue }
            push(Candidate(pair: pair, count: count, words: words))
        }
    }

    /// The best candidate whose count is true.
    private mutating func popBest() -> Candidate? {
        while var best = pop() {
            let count = pairCounts[best.pair] ?? 0
            if best.count == count { return best }
            best.count = count
            if count > 0 { push(best) }
        }
        return nil
    }

    private mutating func merge(_ candidate: Candidate, prefix: [UInt8]) {
        let left = table.bytes(Int(candidate.pair.left))
        let right = table.bytes(Int(candidate.pair.right))
        merges.append(
            (String(decoding: left, as: UTF8.self), String(decoding: right, as: UTF8.self)))
        let rest =
            !prefix.isEmpty && right.starts(with: prefix) ? right.dropFirst(prefix.count) : right
        let result = Int32(
            (Array(left) + rest).withUnsafeBufferPointer { table.insert($0).number })
        var places: [Pair: [Int32]] = [:]
        for number in candidate.words { merge(candidate.pair, result, in: number, &places) }
        push(places)
    }

    /// Merges a pair in a word, and counts the pairs that are no more, and those that are new, whose places it notes.
    private mutating func merge(
        _ pair: Pair, _ result: Int32, in number: Int32, _ places: inout [Pair: [Int32]]
    ) {
        let word = words[Int(number)]
        let count = counts[Int(number)]
        var merged: [Int32] = []
        merged.reserveCapacity(word.count)
        var index = 0
        func note(_ pair: Pair) {
            pairCounts[pair, default: 0] += count
            if places[pair]?.last != number { places[pair, default: []].append(number) }
        }
        while index < word.count {
            guard word[index] == pair.left, index + 1 < word.count, word[index + 1] == pair.right
            else {
                merged.append(word[index])
                index += 1
                continue
            }
            if let before = merged.last {
                pairCounts[Pair(left: before, right: pair.left), default: 0] -= count
                note(Pair(left: before, right: result))
            }
            merged.append(result)
            index += 2
            if index < word.count {
                pairCounts[Pair(left: pair.right, right: word[index]), default: 0] -= count
                note(Pair(left: result, right: word[index]))
            }
        }
        words[Int(number)] = merged
    }

    private mutating func push(_ candidate: Candidate) {
        var place = heap.count
        heap.append(candidate)
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func pop() -> Candidate? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var place = 0
        while 2 * place + 1 < heap.count {
            var child = 2 * place + 1
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(heap[place]) else { break }
            heap.swapAt(place, child)
            place = child
        }
        return first
    }
}
