/// How far training is: what checkpoints are named after and ordered by, whatever the clock says.
struct TrainingPosition: Comparable, Hashable {
    /// Epochs finished, with their evaluation.
    var epoch = 0
    /// Batches of the epoch after them that were trained on.
    var batch = 0

    static func < (a: TrainingPosition, b: TrainingPosition) -> Bool {
        (a.epoch, a.batch) < (b.epoch, b.batch)
    }

    /// `epoch0003`, or `epoch0003-batch000125` within the fourth epoch.
    var name: String {
        let whole = "epoch" + TrainingPosition.digits(epoch, 4)
        return batch == 0 ? whole : "\(whole)-batch" + TrainingPosition.digits(batch, 6)
    }

    init(epoch: Int = 0, batch: Int = 0) {
        self.epoch = epoch
        self.batch = batch
    }

    /// The position of this name; nil for a name that no position has.
    init?(name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].hasPrefix("epoch"), let epoch = Int(parts[0].dropFirst(5))
        else { return nil }
        self.epoch = epoch
        if parts.count == 2 {
            guard parts[1].hasPrefix("batch"), let batch = Int(parts[1].dropFirst(5)) else {
                return nil
            }
            self.batch = batch
        }
        guard self.epoch >= 0, self.batch >= 0, self.name == name else { return nil }
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
