import Martlet
import MartletTesting
import Testing

/// Operations on the steps of sequences, and products whose rows do not depend on each other.
@Suite struct StepTests {
    private func random(_ shape: [Int], _ dtype: DType = .float32, seed: UInt64 = 1) -> Tensor {
        var generator = Generator(seed: seed)
        return Tensor.randn(shape, dtype: dtype, generator: &generator)
    }

    private func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
        a.shape == b.shape && a.eq(b).all().item(as: Bool.self)
    }

    @Test func stepsWithinTheirLengthsAreValid() {
        let valid = random([3, 4, 2]).validSteps(Tensor([2, 4, 1]))
        #expect(
            valid.array(as: Bool.self)
                == [
                    true, true, false, false, true, true, true, true, true, false, false, false,
                ])
        // There is no gradient that it could pass on.
        #expect(!random([1, 2, 2]).requiringGrad().validSteps(Tensor([1])).requiresGrad)
    }

    @Test(arguments: [DType.float32, .float64, .float16, .bfloat16])
    func weightedStepsAreAddedUp(_ dtype: DType) {
        let (x, weights) = (random([3, 5, 7]).to(dtype), random([3, 5], seed: 2).to(dtype))
        let expected = (x.to(.float64) * weights.to(.float64).unsqueeze(2)).sum(dims: [1])
        let tolerance = dtype.isHalf ? 0.03 : 1e-6
        expectClose(x.weightedSteps(weights), expected.to(dtype), rtol: tolerance, atol: tolerance)
    }

    @Test func weightedStepsOfWeightZeroMayHoldAnything() {
        var x = random([2, 6, 3])
        x[0, 4...] = Tensor.full([2, 3], .nan)
        let weights = Tensor([[1, 2, 3, 4, 0, 0], [1, 1, 1, 1, 1, 1]]).to(.float32)
        let short = x.narrow(dim: 1, start: 0, length: 4).weightedSteps(
            weights.narrow(dim: 1, start: 0, length: 4))
        #expect(isSame(x.weightedSteps(weights)[0], short[0]))
        #expect(Tensor.zeros([0, 2, 3]).weightedSteps(Tensor.zeros([0, 2])).shape == [0, 3])
    }

    @Test func gradientsAreThoseOfDifferences() {
        let (x, weights) = (random([2, 4, 3], .float64), random([2, 4], .float64, seed: 2))
        gradcheck(x, weights) { $0[0].weightedSteps($0[1]) }
        gradcheck(random([5, 3], .float64)) { $0[0].firstRows(asManyAs: x, dim: 1) }
    }

    @Test func firstRowsAreAsManyAsThereAreSteps() {
        let table = random([9, 2])
        let rows = table.firstRows(asManyAs: random([3, 4, 2]), dim: 1)
        #expect(isSame(rows, table.narrow(dim: 0, start: 0, length: 4)))
    }

    /// Sums over sizes at which a library cuts them, blocks rows or takes them one by one.
    @Test(arguments: [(7, 1), (300, 5), (1030, 130)])
    func rowsOfAProductInOrderDoNotDependOnOthers(_ size: (inputs: Int, outputs: Int)) {
        let weight = random([size.outputs, size.inputs])
        let (bias, x) = (random([size.outputs], seed: 3), random([3, 67, size.inputs], seed: 2))
        func product(_ x: Tensor) -> Tensor {
            x.linear(weight, bias: bias, isBatchInvariant: true)
        }
        let all = product(x)
        expectClose(all, x.linear(weight, bias: bias), rtol: 1e-4, atol: 1e-4)
        for (row, step) in [(0, 0), (1, 30), (2, 66)] {
            #expect(isSame(product(x[row, step]), all[row, step]))
            #expect(isSame(product(x[row]), all[row]))
        }
        for result in onThreads([1, 2, 3], { product(x) }) { #expect(isSame(result, all)) }
    }

    @Test func productsInOrderHaveGradients() {
        let weight = random([3, 5], .float64, seed: 2)
        gradcheck(random([2, 4, 5], .float64), weight, random([3], .float64, seed: 3)) {
            $0[0].linear($0[1], bias: $0[2], isBatchInvariant: true)
        }
        for dtype in [DType.float16, .bfloat16] {
            let x = random([4, 5]).to(dtype)
            let y = x.linear(weight.to(dtype), isBatchInvariant: true)
            #expect(y.dtype == dtype)
            expectClose(
                y, x.to(.float64).linear(weight.to(dtype).to(.float64)).to(dtype), rtol: 0.02,
                atol: 0.02)
        }
    }

    /// Masked elements at the end of a row, however many, change no bit of its softmax.
    @Test(arguments: [1, 5, 16, 33, 64, 100])
    func softmaxTakesNoNoticeOfMaskedElementsAtTheEnd(_ count: Int) {
        for dtype in [DType.float32, .float64] {
            let x = random([2, count], dtype)
            let alone = x.softmax(dim: 1)
            for more in [1, 7, 16, 50] {
                let padded = x.pad([(0, more)], value: -.infinity).softmax(dim: 1)
                #expect(isSame(padded.narrow(dim: 1, start: 0, length: count), alone))
                #expect(padded.slice(dim: 1, from: count).eq(0).all().item(as: Bool.self))
            }
        }
    }

    /// Nor do they change attention.
    @Test(arguments: [1, 5, 16, 33, 64, 100])
    func attentionTakesNoNoticeOfMaskedKeysAtTheEnd(_ count: Int) {
        let (q, k, v) = (
            random([2, 3, 4, 8]), random([2, 3, count, 8], seed: 2),
            random([2, 3, count, 5], seed: 3)
        )
        let alone = scaledDotProductAttention(q, k, v)
        for more in [1, 7, 16, 50] {
            let mask = Tensor.arange(count + more).lt(Double(count))
            let padded = scaledDotProductAttention(
                q, k.pad([(0, 0), (0, more)], value: 0.5), v.pad([(0, 0), (0, more)], value: 3),
                mask: mask)
            #expect(isSame(padded, alone))
        }
    }
}
