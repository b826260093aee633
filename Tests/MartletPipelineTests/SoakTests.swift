import Foundation
import MartletTesting
import Testing

@testable import MartletPipeline

/// Training goes on for ever without taking more memory or leaving files open.
@Suite struct SoakTests {
    @Test("E7: training takes no more memory with each step, and leaves no file open")
    func training() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try inFolder { path in
                // 13 steps, an evaluation, a log, pictures and a checkpoint an epoch.
                let epochs = 154 * Fuzzing.scale
                let task = TinyTask(
                    training: try settings("epochs=\(epochs)", "batch=2", "lr=0.001"))
                var soak = Soak("training", rounds: 13 * epochs, warmUp: 500)
                var failure: (any Error)?
                task.watch = {
                    do { try soak.finishRound() } catch { failure = failure ?? error }
                }
                try Trainer(task, out: path).run()
                if let failure { throw failure }
                try soak.finish()
            }
        }
        let text = Soak.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("rounds"), "\(text)")
    }
}
