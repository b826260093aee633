import MartletOptim
import Testing

@Suite("Schedules")
struct ScheduleTests {
    @Test func constantStaysOne() {
        #expect([0, 1, 1000].map(Schedule.constant.factor(at:)) == [1, 1, 1])
        #expect(Schedule.constant.momentum(at: 3) == nil)
    }

    @Test func afterTheEndTheLastValueStays() {
        #expect(Schedule.cosine(steps: 10, minimum: 0.1).factor(at: 25) == 0.1)
        let cycle = Schedule.oneCycle(totalSteps: 10)
        #expect(cycle.factor(at: 9) == cycle.factor(at: 50))
        #expect(cycle.momentum(at: 9) == cycle.momentum(at: 50))
    }

    @Test func warmUpRisesToTheScheduleAndThenFollowsIt() {
        let schedule = Schedule.step(every: 3, gamma: 0.5).warmedUp(steps: 4, from: 0.2)
        let expected = [0.2, 0.4, 0.6, 0.8, 1, 1, 1, 0.5, 0.5, 0.5, 0.25]
        for (step, value) in expected.enumerated() {
            #expect(abs(schedule.factor(at: step) - value) < 1e-12)
        }
        #expect(Schedule.cosine(steps: 5).warmedUp(steps: 0).factor(at: 0) == 1)
    }

    @Test func warmUpKeepsTheMomentumOfTheScheduleBehindIt() {
        let schedule = Schedule.oneCycle(totalSteps: 10).warmedUp(steps: 3)
        #expect(schedule.momentum(at: 0) == Schedule.oneCycle(totalSteps: 10).momentum(at: 0))
        #expect(schedule.momentum(at: 5) == Schedule.oneCycle(totalSteps: 10).momentum(at: 2))
    }
}
