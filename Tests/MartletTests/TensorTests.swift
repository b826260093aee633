import Foundation
import Martlet
import MartletTesting
import Testing

@Suite("Tensors")
struct TensorTests {
    @Test func constantsAndRanges() {
        #expect(Tensor.zeros([2, 2]).array(as: Int.self) == [0, 0, 0, 0])
        #expect(Tensor.ones([2], dtype: .bool).array(as: Bool.self) == [true, true])
        #expect(Tensor.full([2], 2.5, dtype: .float64).array(as: Double.self) == [2.5, 2.5])
        #expect(Tensor.full([1], -3, dtype: .int32).item(as: Int.self) == -3)
        #expect(Tensor.arange(2, 9, step: 3).array(as: Int.self) == [2, 5, 8])
        #expect(Tensor.arange(3, -3, step: -2).array(as: Int.self) == [3, 1, -1])
        #expect(
            Tensor.linspace(0, 1, count: 5, dtype: .float64).array(as: Double.self) == [
                0, 0.25, 0.5, 0.75, 1,
            ])
        #expect(Tensor.eye(2).array(as: Int.self) == [1, 0, 0, 1])
        #expect(Tensor([[1, 2], [3, 4]]).shape == [2, 2])
        #expect(Tensor(5).shape == [] && Tensor(5).dtype == .int64)
    }

    @Test func mutationNeverShowsThroughACopyOrAView() {
        var x = Tensor([1, 2, 3, 4] as [Float]).reshape([2, 2])
        let copy = x
        let row = x[0]
        let transposed = x.T
        x.withUnsafeMutableBytes { $0.bindMemory(to: Float.self)[0] = 9 }
        #expect(x.array(as: Int.self) == [9, 2, 3, 4])
        #expect(copy.array(as: Int.self) == [1, 2, 3, 4])
        #expect(row.array(as: Int.self) == [1, 2])
        #expect(transposed.array(as: Int.self) == [1, 3, 2, 4])
    }

    @Test func bytesAreRowMajorWhateverTheLayout() {
        let x = Tensor.arange(24, dtype: .float32).reshape([1, 2, 3, 4])
        for y in [x, x.channelsLast(), x.permute([3, 2, 1, 0]).permute([3, 2, 1, 0])] {
            let values = y.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(values == (0..<24).map(Float.init))
        }
    }

    @Test func tensorsWithoutElementsWork() {
        let empty = Tensor.zeros([0, 3])
        #expect((empty + 1).shape == [0, 3])
        #expect(empty.sum().item() == 0)
        #expect(empty.matmul(Tensor.ones([3, 2])).shape == [0, 2])
        #expect(
            Tensor.ones([2, 0]).matmul(Tensor.ones([0, 2])).array(as: Float.self) == [0, 0, 0, 0])
        #expect(Tensor.cat([empty, Tensor.ones([1, 3])]).shape == [1, 3])
        #expect(empty.relu().exp().transpose(0, 1).contiguous().shape == [3, 0])
    }

    /// Temporaries that are given back too early show when many threads take memory at once.
    @Test func operationsOnManyThreadsDoNotDisturbEachOther() async {
        let x = numbers([37, 53]).to(.float32)
        let expected = TensorTests.mixture(x)
        await withTaskGroup(of: TensorDifference?.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<20 {
                        if let found = difference(
                            TensorTests.mixture(x), expected, rtol: 0, atol: 0)
                        {
                            return found
                        }
                    }
                    return nil
                }
            }
            for await found in group { #expect(found == nil) }
        }
    }

    /// Operations of every family on inputs they have to rearrange first.
    private static func mixture(_ x: Tensor) -> Tensor {
        let leaf = x.requiringGrad()
        let t = leaf.T
        let sorted = t.sort(dim: 0).values
        let chosen = t.indexSelect(dim: 1, Tensor.arange(36, -1, step: -1))
        let soft = (sorted * chosen).softmax(dim: 0).cumsum(dim: 1)
        let product = soft.T.matmul(t.flip([0]))
        let rows = product.linear(t.slice(dim: 1, step: 1).T.slice(dim: 0, to: 37)[.all, 0..<37])
        let images = rows.reshape([1, 1, 37, 37]).expand([2, 3, 37, 37])
        let pooled = images.conv2d(Tensor.full([4, 3, 3, 3], 0.1))
            .maxPool2d(PoolingGeometry(kernel: (2, 2)))
        let reduced = rows.scatterReduce(dim: 1, rows.argsort(dim: 1), rows * 2, .amax)
            .roll([3], dims: [1])
        var changed = reduced
        changed[reduced.gt(0)] = Tensor(Float(1))
        changed[.all, Tensor([0, 2])] = reduced[.all, 1..<3]
        let found = Tensor.searchSorted(sorted.detach().T, x).to(.float32)
        let loss = pooled.batchNorm(weight: nil, bias: nil, epsilon: 1e-5).output.square().mean()
        (loss + rows.mean() + changed.square().mean()).backward()
        return Tensor.cat([
            rows.detach().flatten(), (leaf.grad ?? leaf).flatten(), found.flatten(),
        ])
    }
}
