import Testing

@testable import MartletPipeline

@Suite struct KeyAdviceTests {
    private let keys = TaskSettings().entries.map(\.key)

    /// Every deletion, exchange of neighbours, replacement and insertion at every place of a key.
    private func typos(of key: String) -> Set<String> {
        let letters = Array(key)
        var result: Set<String> = []
        for i in letters.indices where letters[i] != "." {
            var typo = letters
            typo.remove(at: i)
            result.insert(String(typo))
            for new in ["q", "e"] as [Character] {
                typo = letters
                typo[i] = new
                result.insert(String(typo))
                typo = letters
                typo.insert(new, at: i)
                result.insert(String(typo))
            }
            if i > 0, letters[i - 1] != "." {
                typo = letters
                typo.swapAt(i, i - 1)
                result.insert(String(typo))
            }
        }
        return result.subtracting(keys)
    }

    @Test("H1: a typo of one edit, in any known key, is answered with that key")
    func everyTypo() {
        let advice = KeyAdvice(known: keys)
        var right = 0
        var tried = 0
        var wrong: [String] = []
        for key in keys {
            for typo in typos(of: key) {
                tried += 1
                if advice.nearest(to: typo) == key {
                    right += 1
                } else {
                    wrong.append("\(typo): \(advice.nearest(to: typo) ?? "-") for \(key)")
                }
            }
        }
        #expect(tried > 2000)
        #expect(Double(right) >= 0.95 * Double(tried), "\(right) of \(tried): \(wrong.sorted())")
    }

    @Test(
        "H1: a key in the wrong group, or with another program's name, is recognised",
        arguments: [
            ("training.epochs", "epochs"), ("trainer.epoch", "epochs"), ("optimizer.lr", "lr"),
            ("momentum", "optimizer.momentum"), ("warmup_steps", "schedule.warmupSteps"),
            ("weight_decay", "optimizer.weightDecay"), ("max_epochs", "epochs"),
            ("batch_size", "batch"), ("num_workers", "training.workers"), ("Seed", "seed"),
            ("training.optimizer.name", "optimizer.name"),
            ("schedule.clip_norm", "training.clipNorm"),
        ])
    func wrongGroup(_ typed: String, _ meant: String) {
        #expect(KeyAdvice(known: keys).nearest(to: typed) == meant)
    }

    @Test("H1: nonsense is answered with nothing")
    func nonsense() {
        #expect(KeyAdvice(known: keys).nearest(to: "quetzalcoatlus") == nil)
    }

    @Test("H1: a group that is given a value names its keys")
    func group() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try TaskSettings().apply(ConfigurationValue.parse(arguments: ["optimizer=adam"]))
        }
        #expect("\(error)".contains("optimizer.name, optimizer.momentum"))
    }
}
