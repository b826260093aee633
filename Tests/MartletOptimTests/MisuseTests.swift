import Foundation
import Martlet
import MartletNN
import MartletOptim
import Testing

/// Settings that cannot work stop the process with a message, in release builds too.
@Suite("Misuse of optimisers")
struct MisuseTests {
    private static func output(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func fractionsOutsideAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = NAdam(Linear(1, 1), beta2: 1)
        }
        #expect(MisuseTests.output(result).contains("NAdam: expected beta2 in 0 ..< 1, got 1.0"))
    }

    @Test func momentumForAnOptimiserWithoutIsRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            let optimizer: any Optimizer = Adagrad(Linear(1, 1))
            optimizer.momentum = 0.9
        }
        #expect(MisuseTests.output(result).contains("Adagrad: it has no momentum, got 0.9"))
    }

    @Test func momentumForRMSpropMadeWithoutIsRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            RMSprop(Linear(1, 1)).momentum = 0.9
        }
        #expect(MisuseTests.output(result).contains("RMSprop: made without momentum, got 0.9"))
    }

    @Test func twoTypesForLBFGSAreRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = LBFGS([("a", Parameter(Tensor(1.0))), ("b", Parameter(Tensor.ones([2])))])
        }
        #expect(MisuseTests.output(result).contains("LBFGS: expected parameters of one type"))
    }

    @Test func sequencesNeedMilestones() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Schedule.sequence([.constant, .constant], milestones: [])
        }
        #expect(
            MisuseTests.output(result).contains(
                "Schedule.sequence: expected a milestone between each two of 2 schedules, got 0"))
    }
}
