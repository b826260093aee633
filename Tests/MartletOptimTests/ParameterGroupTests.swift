import MartletNN
import MartletOptim
import Testing

private final class Net: Module {
    let backbone = Sequential(Linear(3, 2), BatchNorm1d(2), Linear(2, 2))
    let head = Linear(2, 1)
}

@Suite("Parameter groups")
struct ParameterGroupTests {
    @Test func vectorsCanBeExemptFromDecay() {
        let model = Sequential(Linear(3, 2), BatchNorm1d(2))
        let groups = ParameterGroup.exemptingVectors(of: model, weightDecay: 0.1)
        #expect(
            groups.map { $0.parameters.map(\.name) } == [
                ["0.weight"], ["0.bias", "1.weight", "1.bias"],
            ])
        #expect(groups.map(\.weightDecay) == [0.1, 0])
    }

    @Test func theFirstRuleThatMatchesWins() throws {
        let groups = try ParameterGroup.following(
            [
                ParameterRule("*.1.*", weightDecay: 0.5),
                ParameterRule("backbone.?.weight", learningRateFactor: 0.1),
                ParameterRule("*bias", learningRateFactor: 2),
            ], of: Net(), weightDecay: 0.01)
        #expect(groups.map(\.name) == ["*.1.*", "backbone.?.weight", "*bias", "others"])
        #expect(
            groups.map { $0.parameters.map(\.name) } == [
                ["backbone.1.weight", "backbone.1.bias"],
                ["backbone.0.weight", "backbone.2.weight"],
                ["backbone.0.bias", "backbone.2.bias", "head.bias"], ["head.weight"],
            ])
        #expect(groups.map(\.learningRateFactor) == [1, 0.1, 2, 1])
        #expect(groups.map(\.weightDecay) == [0.5, 0.01, 0.01, 0.01])
    }

    @Test func vectorsAreExemptUnlessTheirRuleSaysOtherwise() throws {
        let groups = try ParameterGroup.following(
            [
                ParameterRule("head.*", learningRateFactor: 10),
                ParameterRule("backbone.0.*", weightDecay: 0.3),
            ], of: Net(), weightDecay: 0.01, exemptingVectors: true)
        #expect(
            groups.map(\.name) == [
                "head.*", "head.* (vectors)", "backbone.0.*", "others", "others (vectors)",
            ])
        #expect(groups.map(\.weightDecay) == [0.01, 0, 0.3, 0.01, 0])
        #expect(groups.map(\.learningRateFactor) == [10, 10, 1, 1, 1])
        #expect(groups.flatMap(\.parameters).count == Net().parameters().count)
    }

    @Test func withoutRulesAllIsOneGroup() throws {
        let groups = try ParameterGroup.following([], of: Net(), weightDecay: 0.2)
        #expect(groups.map(\.name) == ["others"] && groups[0].weightDecay == 0.2)
    }

    @Test func rulesForNothingAreRefused() {
        func refused(_ patterns: String...) -> String {
            do {
                _ = try ParameterGroup.following(patterns.map { ParameterRule($0) }, of: Net())
                return "taken"
            } catch {
                return "\(error)"
            }
        }
        #expect(refused("backbon.*").contains("\"backbon.*\": no parameter has such a name"))
        #expect(refused("backbon.*").contains("did you mean \"backbone.*\"?"))
        #expect(refused("head.wieght").contains("did you mean \"head.weight\"?"))
        #expect(refused("*.wheight").contains("did you mean \"*.weight\"?"))
        #expect(refused("convolutional.*").contains("the model's are backbone.0.weight, "))
        #expect(refused("*", "head.*").contains("\"head.*\": earlier patterns match every"))
        #expect(refused("head").contains("no parameter has such a name"))
        #expect(refused("head.*", "backbone.?.bias") == "taken")
    }

    @Test func layersLearnSlowerTowardsTheInput() {
        let rules = ParameterRule.layerwise(["stem.*", "layer1.*", "layer2.*"], decay: 0.5)
        #expect(rules.map(\.pattern) == ["stem.*", "layer1.*", "layer2.*"])
        #expect(rules.map(\.learningRateFactor) == [0.125, 0.25, 0.5])
    }
}
