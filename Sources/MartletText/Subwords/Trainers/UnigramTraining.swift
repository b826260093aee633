internal import Glibc

/// Finds the tokens of a unigram language model: begins with all that comes often, estimates probabilities by expectation
/// maximisation, and leaves out those tokens without which the texts lose least, until the vocabulary is small enough
/// (Kudo, "Subword regularization", 2018, section 3.2).
struct UnigramTraining {
    /// The tokens, special ones first, with their log probabilities.
    private(set) var tokens: [(text: String, score: Double)] = []

    private typealias Piece = (text: [UInt8], score: Double)

    /// The most candidates at the beginning.
    private static let seedLimit = 1_000_000
    /// The part of the candidates that is left each time.
    private static let shrinking = 0.75
    /// Estimates between one time and the next.
    private static let estimates = 2
    /// Tokens that are expected less often are left out.
    private static let leastExpectation = 0.5

    private let words: [(word: ArraySlice<UInt8>, count: Int)]

    init(
        _ trainer: SubwordTrainer, _ words: [(word: ArraySlice<UInt8>, count: Int)],
        longestToken: Int
    ) {
        self.words = words
        var alphabet: [[UInt8]: Int] = [:]
        for (word, count) in words {
            var index = word.startIndex
            while index < word.endIndex {
                let end = index + UTF8Bytes.width(word[index])
                alphabet[Array(word[index..<end]), default: 0] += count
                index = end
            }
        }
        for scalar in trainer.alphabet {
            alphabet[Array(String(Character(scalar)).utf8), default: 0] += 1
        }
        let special = Set(trainer.specialTokens.map { Array($0.utf8) })
        // Single characters are never left out.
        let characters = Set(alphabet.keys)
        let size = max(0, trainer.vocabularySize - trainer.specialTokens.count)
        var pieces = seeds(alphabet, longest: longestToken).filter { !special.contains($0.text) }
        let wanted = max(size, characters.subtracting(special).count)
        // A tenth more than wanted is left, of which the last choice is by probability.
        let enough = wanted * 11 / 10
        while true {
            for _ in 0..<UnigramTraining.estimates { pieces = estimated(pieces, characters) }
            guard pieces.count > enough else { break }
            let count = max(enough, Int(Double(pieces.count) * UnigramTraining.shrinking))
            pieces = pruned(pieces, to: count, characters)
        }
        pieces.sort { ($1.score, $0.text.count) < ($0.score, $1.text.count) }
        let required = pieces.filter { characters.contains($0.text) }
        let others = pieces.filter { !characters.contains($0.text) }
        var kept = required + others.prefix(max(0, wanted - required.count))
        kept.sort {
            $0.score == $1.score
                ? $0.text.lexicographicallyPrecedes($1.text) : $0.score > $1.score
        }
        tokens =
            trainer.specialTokens.map { ($0, 0) }
            + kept.map { (String(decoding: $0.text, as: UTF8.self), $0.score) }
    }

    /// Characters, and all longer strings that come at least twice, weighed by count and length.
    private func seeds(_ alphabet: [[UInt8]: Int], longest: Int) -> [Piece] {
        var found: [(text: [UInt8], weight: Int)] = []
        // Where strings begin that come at least twice so far: strings that grow by one character at a time.
        var places: [(word: Int, start: Int, end: Int)] = []
        for (number, (word, _)) in words.enumerated() {
            var index = word.startIndex
            while index < word.endIndex {
                let end = index + UTF8Bytes.width(word[index])
                places.append((number, index, end))
                index = end
            }
        }
        for length in stride(from: 2, through: max(2, longest), by: 1) where longest > 1 {
            var table = ByteTable()
            var counts: [Int] = []
            var grown: [(place: (word: Int, start: Int, end: Int), number: Int)] = []
            for place in places {
                let word = words[place.word].word
                guard place.end < word.endIndex else { continue }
                let end = place.end + UTF8Bytes.width(word[place.end])
                let number = word[place.start..<end].withUnsafeBufferPointer { bytes in
                    table.insert(bytes)
                }
                if number.isNew { counts.append(0) }
                counts[number.number] += words[place.word].count
                grown.append(((place.word, place.start, end), number.number))
            }
            places = grown.filter { counts[$0.number] > 1 }.map(\.place)
            for (number, count) in counts.enumerated() where count > 1 {
                found.append((Array(table.bytes(number)), count * length))
            }
            if places.isEmpty { break }
        }
        found.sort {
            $0.weight == $1.weight
                ? $0.text.lexicographicallyPrecedes($1.text) : $0.weight > $1.weight
        }
        let all =
            alphabet.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
                (text: $0.key, weight: $0.value)
            } + found.prefix(UnigramTraining.seedLimit)
        let total = log(Double(max(1, all.reduce(0) { $0 + $1.weight })))
        return all.map { ($0.text, log(Double($0.weight)) - total) }
    }

    /// One step of expectation maximisation; the logarithm of the probabilities is taken as of a Dirichlet process.
    private func estimated(_ pieces: [Piece], _ characters: Set<[UInt8]>) -> [Piece] {
        let lattice = UnigramLattice(pieces.map { ($0.text, $0.score) })
        var expected = [Double](repeating: 0, count: pieces.count)
        for (word, count) in words {
            word.withUnsafeBufferPointer {
                lattice.addExpectations($0, Double(count), to: &expected)
            }
        }
        var kept: [(text: [UInt8], count: Double)] = []
        for (piece, count) in zip(pieces, expected) {
            if count >= UnigramTraining.leastExpectation {
                kept.append((piece.text, count))
            } else if characters.contains(piece.text) {
                kept.append((piece.text, UnigramTraining.leastExpectation))
            }
        }
        let total = digamma(kept.reduce(0) { $0 + $1.count })
        return kept.map { ($0.text, digamma($0.count) - total) }
    }

    /// Leaves those tokens without which the probability of the texts would fall most.
    private func pruned(
        _ pieces: [Piece], to count: Int, _ characters: Set<[UInt8]>
    ) -> [Piece] {
        let lattice = UnigramLattice(pieces.map { ($0.text, $0.score) })
        var uses = [Double](repeating: 0, count: pieces.count)
        var total = 0.0
        for (word, count) in words {
            let path = word.withUnsafeBufferPointer { lattice.best($0) }
            for id in path { uses[id] += Double(count) }
            total += Double(count)
        }
        let sum = uses.reduce(0, +)
        var losses: [(index: Int, loss: Double)] = []
        var kept: [Int] = []
        for (index, piece) in pieces.enumerated() {
            if characters.contains(piece.text) {
                kept.append(index)
                continue
            }
            // What never is a part of the best way is not needed.
            guard uses[index] > 0 else { continue }
            let others = piece.text.withUnsafeBufferPointer { lattice.best($0, without: index) }
            // The probability of a token, and of what would be in its place, were it left out.
            let denominator = log(sum + uses[index] * Double(others.count - 1))
            let instead = others.reduce(0.0) { $0 + log(uses[$1] + uses[index]) - denominator }
            let loss = uses[index] / total * (log(uses[index]) - log(sum) - instead)
            losses.append((index, loss))
        }
        losses.sort { $0.loss == $1.loss ? $0.index < $1.index : $0.loss > $1.loss }
        kept += losses.prefix(max(0, count - kept.count)).map(\.index)
        return kept.sorted().map { pieces[$0] }
    }

    /// The derivative of the logarithm of the gamma function (Abramowitz and Stegun, 6.3.5 and 6.3.18).
    private func digamma(_ value: Double) -> Double {
        var (x, result) = (value, 0.0)
        while x < 7 {
            result -= 1 / x
            x += 1
        }
        x -= 0.5
        let square = 1 / (x * x)
        return result + log(x)
            + square * (1.0 / 24 - square * (7.0 / 960 - square * (31.0 / 8064)))
    }
}
