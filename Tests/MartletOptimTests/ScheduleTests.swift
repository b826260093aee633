import Foundation
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
        case "exponential": return .exponential(gamma: try a.double("gamma"))
        case "linear":
            return .linear(
                from: try value("start_factor", or: 1.0 / 3), to: try value("end_factor", or: 1),
                steps: a.has("total_iters") ? try a.int("total_iters") : 5)
        case "polynomial":
            return .polynomial(
                steps: a.has("total_iters") ? try a.int("total_iters") : 5,
                power: try value("power", or: 1))
        case "noam": return .noam(modelSize: try a.int("size"), warmUp: try a.int("warm"))
        case "cosineWithRestarts":
            return .cosineWithRestarts(
                first: try a.int("first"), multiple: try a.int("multiple"),
                minimum: try a.double("minimum"))
        case "cyclic":
            let mode = a.has("mode") ? try a.string("mode") : ""
            let low = try value("base_momentum", or: 0.8)
            return .cyclic(
                from: try a.double("base"), rise: try a.int("step_size_up"),
                fall: a.has("step_size_down") ? try a.int("step_size_down") : nil,
                heights: mode == "triangular2"
                    ? .halving
                    : mode == "exp_range" ? .exponential(try a.double("gamma")) : .constant,
                momentum: low...(try value("max_momentum", or: 0.9)))
        case "sequence":
            return .sequence(
                [
                    .linear(from: 0.2, steps: 5), .exponential(gamma: 0.8),
                    .cosineWithRestarts(first: 6),
                ], milestones: [5, 14])
        case "product":
            return .product([.linear(from: 0.2, steps: 5), .exponential(gamma: 0.9)])
        case "settling":
            let start = try a.int("start")
            return Schedule.exponential(gamma: start == 0 ? 1 : 0.9).settling(
                at: 0.2, from: start, steps: try a.int("steps"),
                annealing: try a.string("strategy") == "linear" ? .linear : .cosine)
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

    @Test func combinationsKeepTheMomentum() {
        let cycle = Schedule.oneCycle(totalSteps: 10)
        let sequence = Schedule.sequence([.constant, cycle], milestones: [3])
        #expect(sequence.momentum(at: 2) == nil)
        #expect(sequence.momentum(at: 5) == cycle.momentum(at: 2))
        let product = Schedule.product([.exponential(gamma: 0.5), cycle])
        #expect(product.momentum(at: 4) == cycle.momentum(at: 4))
        #expect(product.factor(at: 4) == cycle.factor(at: 4) / 16)
        #expect(cycle.settling(at: 0.1, from: 4).momentum(at: 9) == cycle.momentum(at: 4))
    }

    @Test(arguments: try fixtures("plateaus"))
    func plateausAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        let a = fixture.arguments
        let amount = a.has("threshold") ? try a.double("threshold") : 1e-4
        var plateau = ReduceOnPlateau(
            a.has("mode") ? .higher : .lower,
            reduction: a.has("factor") ? try a.double("factor") : 0.1,
            patience: try a.int("patience"),
            threshold: a.has("threshold_mode") ? .absolute(amount) : .relative(amount),
            cooldown: a.has("cooldown") ? try a.int("cooldown") : 0,
            minimum: a.has("min_lr") ? try a.double("min_lr") : 0)
        var resumed = plateau
        var factors: [Double] = []
        for (i, metric) in fixture.inputs[0].array(as: Double.self).enumerated() {
            plateau.update(metric)
            factors.append(plateau.factor)
            // A state that was kept and taken up again continues alike.
            resumed.update(metric)
            if i % 7 == 3 {
                let kept = try JSONEncoder().encode(resumed.state)
                resumed.state = try JSONDecoder().decode(ReduceOnPlateau.State.self, from: kept)
            }
            #expect(resumed.state == plateau.state)
        }
        // PyTorch leaves a rate alone whose change would be below 1e-8.
        expectClose(Tensor(factors), fixture.outputs[0], rtol: 1e-9, atol: 3e-8)
    }
}
