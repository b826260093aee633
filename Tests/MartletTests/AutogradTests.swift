import Martlet
import MartletTesting
import Testing

@Suite("Gradients")
struct AutogradTests {
    private let x = Tensor([1, -2, 3] as [Float])

    private func gradient(_ leaf: Tensor) -> Tensor { leaf.grad ?? Tensor(Float.nan) }

    @Test func gradientsAddUpUntilTheyAreCleared() {
        let leaf = x.requiringGrad()
        (leaf * 2).sum().backward()
        (leaf * leaf).sum().backward()
        expectClose(gradient(leaf), Tensor([4, -2, 8] as [Float]))
        leaf.grad = nil
        (leaf * 3).sum().backward()
        expectClose(gradient(leaf), Tensor([3, 3, 3] as [Float]))
    }

    @Test func aValueUsedTwiceGetsBothGradients() {
        let leaf = x.requiringGrad()
        let y = leaf * 2
        (y * y + y).sum().backward()
        expectClose(gradient(leaf), 8 * x + 2)
    }

    @Test func aRetainedGraphCanBeWalkedAgain() {
        let leaf = x.requiringGrad()
        let loss = leaf.square().sum()
        loss.backward(retainGraph: true)
        loss.backward()
        expectClose(gradient(leaf), 4 * x)
    }

    @Test func aGivenGradientStandsForWhatFollows() {
        let leaf = x.requiringGrad()
        (leaf * 2).backward(gradient: Tensor([1, 10, 100] as [Float]))
        expectClose(gradient(leaf), Tensor([2, 20, 200] as [Float]))
    }

    @Test func nothingIsRecordedWithoutNeed() {
        #expect(!(x * 2).requiresGrad)
        let leaf = x.requiringGrad()
        #expect(!noGrad { leaf * 2 }.requiresGrad)
        #expect(!(leaf.detach() * 2).requiresGrad)
        #expect(!leaf.gt(0).requiresGrad)
        #expect((leaf * 2).requiresGrad && !(leaf * 2).isLeaf && leaf.isLeaf)
    }

    @Test func noGradEndsWithItsClosure() throws {
        struct Stop: Error {}
        let leaf = x.requiringGrad()
        #expect(throws: Stop.self) { try noGrad { throw Stop() } }
        #expect((leaf * 2).requiresGrad)
    }

    @Test func copiesOfALeafAreTheSameLeaf() {
        let leaf = x.requiringGrad()
        let copy = leaf
        (copy * 2).sum().backward()
        expectClose(gradient(leaf), Tensor([2, 2, 2] as [Float]))
        #expect(leaf.requiringGrad().grad == nil)
    }

    @Test func longGraphsAreFreedWithoutExhaustingTheStack() {
        let leaf = x.requiringGrad()
        var y = leaf
        for _ in 0..<100_000 { y = y + 1 }
        y.sum().backward()
        expectClose(gradient(leaf), Tensor([1, 1, 1] as [Float]))
    }

    @Test func aGraphThatIsNeverWalkedIsFreedToo() {
        var y = x.requiringGrad()
        for _ in 0..<100_000 { y = y * 1 }
        #expect(y.count == 3)
    }

    /// As a user would write it.
    private struct Cube: TensorOperation {
        var x: Tensor?

        mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
            if needsGradient[0] { x = inputs[0] }
            return [inputs[0] * inputs[0] * inputs[0]]
        }

        func backward(_ gradients: [Tensor?]) -> [Tensor?] {
            guard let g = gradients[0], let x else { return [nil] }
            return [g * 3 * x.square()]
        }
    }

    @Test func usersDefineOperations() {
        gradcheck(numbers([2, 3])) { Tensor.apply(Cube(), [$0[0]])[0] }
    }

    @Test func changingALeafKeepsItALeaf() {
        var leaf = x.requiringGrad()
        (leaf * 2).sum().backward()
        leaf.update { $0 -= Tensor([1, 1, 1] as [Float]) }
        expectClose(leaf.detach(), x - 1)
        expectClose(gradient(leaf), Tensor([2, 2, 2] as [Float]))
        leaf.grad = nil
        leaf.square().sum().backward()
        expectClose(gradient(leaf), 2 * (x - 1))
    }

    @Test func valuesSavedForTheGradientDoNotChange() {
        let leaf = x.requiringGrad()
        var input = leaf.detach() * 2
        let loss = (leaf * input).sum()
        input += Tensor([100, 100, 100] as [Float])
        loss.backward()
        expectClose(gradient(leaf), 2 * x)
    }
}
