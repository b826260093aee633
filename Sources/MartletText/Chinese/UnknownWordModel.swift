/// A hidden Markov model that cuts Chinese characters into words: each character begins a word, is in its middle, ends it, or
/// is one by itself (B, M, E, S), and shows itself with a probability of its state.
///
/// As in jieba's `finalseg`, and with its numbers where its file is read. The states that are most probable together are found
/// by A. Viterbi, Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding Algorithm, 1967.
public struct UnknownWordModel: Sendable {
    /// The characters it knows: the others of a text are no business of it.
    static let characters: ClosedRange<UInt16> = 0x4E00...0x9FD5
    /// The logarithm of the probability of what no training text had.
    static let impossible = -3.14e100

    static let begin: UInt8 = 0
    static let middle: UInt8 = 1
    static let end: UInt8 = 2
    static let single: UInt8 = 3

    /// The logarithms of the probabilities of each state at the start, and of its characters: 4 for each character.
    var starts = [Double](repeating: impossible, count: 4)
    /// Those of going from a state to another: row by row, 16.
    var transitions = [Double](repeating: impossible, count: 16)
    var emissions = [Double](repeating: impossible, count: 4 * characters.count)

    /// The most probable states of characters, at least one. Of equally probable ones it takes what jieba does.
    func label(_ units: UnsafeBufferPointer<UInt16>, into states: inout [UInt8]) {
        states.removeAll(keepingCapacity: true)
        let first = Int(UnknownWordModel.characters.lowerBound)
        let (beginToMiddle, beginToEnd) = (transitions[1], transitions[2])
        let (middleToMiddle, middleToEnd) = (transitions[5], transitions[6])
        let (endToBegin, endToSingle) = (transitions[8], transitions[11])
        let (singleToBegin, singleToSingle) = (transitions[12], transitions[15])
        var place = 4 * (Int(units[0]) - first)
        var (b, m, e, s) = (
            starts[0] + emissions[place], starts[1] + emissions[place + 1],
            starts[2] + emissions[place + 2], starts[3] + emissions[place + 3]
        )
        states.append(0)
        for unit in units.dropFirst() {
            place = 4 * (Int(unit) - first)
            let (forB, forM, forE, forS) = (
                emissions[place], emissions[place + 1], emissions[place + 2], emissions[place + 3]
            )
            let (eb, sb) = (e + endToBegin + forB, s + singleToBegin + forB)
            let (bm, mm) = (b + beginToMiddle + forM, m + middleToMiddle + forM)
            let (be, me) = (b + beginToEnd + forE, m + middleToEnd + forE)
            let (es, ss) = (e + endToSingle + forS, s + singleToSingle + forS)
            // A bit for each state: whether it is the later of the two in the alphabet that it is reached from.
            states.append(
                (sb >= eb ? 1 : 0) | (mm >= bm ? 2 : 0) | (me >= be ? 4 : 0) | (ss >= es ? 8 : 0))
            (b, m, e, s) = (max(eb, sb), max(bm, mm), max(be, me), max(es, ss))
        }
        var state = s >= e ? UnknownWordModel.single : UnknownWordModel.end
        for index in states.indices.reversed() {
            let isLater = states[index] >> state & 1 == 1
            states[index] = state
            switch state {
            case UnknownWordModel.begin, UnknownWordModel.single:
                state = isLater ? UnknownWordModel.single : UnknownWordModel.end
            default: state = isLater ? UnknownWordModel.middle : UnknownWordModel.begin
            }
        }
    }
}
