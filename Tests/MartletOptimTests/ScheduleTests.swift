import Martlet
import MartletOptim
import MartletTesting
import Testing

@Suite("Schedules")
struct ScheduleTests {
    private func schedule(_ fixture: FixtureCase) throws -> Schedule {
        let a = fixture.arguments
        func value(_ name: String, or standard: Double) throws -> Double {
            a.has(name) ? try a.double(name) : standard
        }
        switch fixture.operation {
        case "constant": return .constant
        case "step": return .step(every: try a.int("every"), gamma: try a.double("gamma"))
        case "multiStep":
            return .multiStep(milestones: try a.ints("milestones"), gamma: try a.double("gamma"))
        case "cosine":
            return .cosine(steps: try a.int("steps"), minimum: try a.double("minimum"))
        case "oneCycle":
            let low = try value("base_momentum", or: 0.85)
            return .oneCycle(
                totalSteps: try a.int("steps"), rise: try value("pct_start", or: 0.3),
                annealing: a.has("anneal_strategy") ? .linear : .cosine,
                momentum: low...(try value("max_momentum", or: 0.95)),
                divisor: try value("div_factor", or: 25),
                finalDivisor: try value("final_div_factor", or: 1e4))
        case "warmCosine":
            return .cosine(steps: try a.int("steps"))
                .warmedUp(steps: try a.int("warm"), from: try a.double("start"))
        default: throw FixtureError(description: "no schedule \(fixture.operation)")
        }
    }

    @Test(arguments: try fixtures("schedules"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let schedule = try schedule(fixture)
        let steps = 0..<fixture.outputs[0].count
        expectClose(
            Tensor(steps.map(schedule.factor(at:))), fixture.outputs[0], rtol: 1e-9, atol: 1e-12)
        if fixture.outputs.count > 1 {
            let momenta = try steps.map { try #require(schedule.momentum(at: $0)) }
            expectClose(Tensor(momenta), fixture.outputs[1], rtol: 1e-9)
        }
    }

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
