import Martlet
import MartletTesting
import Testing

@Suite("Subscripts")
struct SubscriptTests {
    /// Python's index in a text, as `Tests/Reference/subscripts.py` writes it.
    private static func indices(_ text: String, _ tensors: [Tensor]) throws -> [TensorIndex] {
        try text.split(separator: " ").map { word in
            switch word {
            case "...": return .ellipsis
            case "None": return .newAxis
            case _ where word.hasPrefix("t"):
                return .places(tensors[try #require(Int(word.dropFirst()))])
            case _ where word.contains(":"):
                let parts = word.split(separator: ":", omittingEmptySubsequences: false).map {
                    Int($0)
                }
                return .slice(
                    from: parts[0], to: parts[1], step: parts.count > 2 ? parts[2] ?? 1 : 1)
            default: return .index(try #require(Int(word)))
            }
        }
    }

    private static let operations: FixtureOperations = [
        "part": { arguments in
            let text = try arguments.string("index")
            return { inputs in
                (try? indices(text, Array(inputs[1...]))).map { [inputs[0][$0]] } ?? []
            }
        },
        "assign": { arguments in
            let text = try arguments.string("index")
            return { inputs in
                guard let places = try? indices(text, Array(inputs[2...])) else { return [] }
                // A leaf itself cannot be changed.
                var x = inputs[0].requiresGrad ? inputs[0] * 1 : inputs[0]
                x[places] = inputs[1]
                return [x]
            }
        },
    ]

    @Test(arguments: try fixtures("subscripts"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(SubscriptTests.operations, secondDerivatives: true)
    }

    private let x = Tensor.arange(24).reshape([2, 3, 4])
    private func values(_ x: Tensor) -> [Int] { x.array(as: Int.self) }

    @Test func rangesOfSwiftAreRangesOfPython() {
        let row = Tensor.arange(5)
        #expect(values(row[1..<3]) == [1, 2] && values(row[1...3]) == [1, 2, 3])
        #expect(values(row[3...]) == [3, 4] && values(row[..<2]) == [0, 1])
        #expect(values(row[...2]) == [0, 1, 2] && values(row[(-2)...]) == [3, 4])
        #expect(values(row[(-3)...(-1)]) == [2, 3, 4] && values(row[...(-2)]) == [0, 1, 2, 3])
        #expect(values(row[(-3)..<(-1)]) == [2, 3] && values(row[2..<100]) == [2, 3, 4])
        #expect(values(row[.stride(from: 1, to: 5, by: 2)]) == [1, 3])
        #expect(row[.all].shape == [5] && row[.newAxis, .all].shape == [1, 5])
    }

    @Test func subscriptsOfEveryLength() {
        #expect(values(x[x.gt(20)]) == [21, 22, 23])
        #expect(values(x[0, Tensor([2, 0]), 1]) == [9, 1])
        let y = x.reshape([2, 3, 2, 2])
        #expect(values(y[1, 2, 1, .all]) == [22, 23])
        #expect(y[.all, 0, .ellipsis, .newAxis].shape == [2, 2, 2, 1])
        #expect(y[[.index(1), .rest, .index(0)]].shape == [3, 2])
    }

    @Test func assignmentOfEveryLength() {
        var y = x
        y[0] = Tensor(0)
        y[1, 0] = Tensor(1)
        y[1, 1, .stride(by: 2)] = Tensor([2, 3])
        y[x.eq(23)] = Tensor(-1)
        #expect(values(y[1]) == [1, 1, 1, 1, 2, 17, 3, 19, 20, 21, 22, -1])
        var z = x.reshape([2, 3, 2, 2])
        z[0, 0, 0, 1] = Tensor(9)
        z[[.rest, .index(0)]] = Tensor(5)
        #expect(values(z[0]) == [5, 9, 5, 3, 5, 5, 5, 7, 5, 9, 5, 11])
    }

    @Test func whatSharesTheMemoryDoesNotChange() {
        let base = Tensor.arange(6, dtype: .float32).reshape([2, 3])
        let (copy, view, column) = (base, base.flatten(), base[.all, 1])
        let before = base.array(as: Int.self)
        var changed = base
        changed[0, 1] = Tensor(Float(9))
        changed[base.gt(3)] = Tensor(Float(-1))
        changed[Tensor([1]), Tensor([0])] = Tensor(Float(7))
        #expect(values(changed) == [0, 9, 2, 7, -1, -1])
        #expect(values(base) == before && values(copy) == before && values(view) == before)
        #expect(values(column) == [1, 4])
        // A view that is assigned to leaves the whole alone.
        var part = base[1]
        part[0] = Tensor(Float(8))
        #expect(values(part) == [8, 4, 5] && values(base) == before)
    }

    @Test func overlappingPartsAreReadBeforeTheyAreWritten() {
        var y = Tensor.arange(5)
        y[0..<3] = y[1..<4]
        #expect(values(y) == [1, 2, 3, 3, 4])
        y[1..<5] = y[0..<4]
        #expect(values(y) == [1, 1, 2, 3, 3])
        y[Tensor([4, 3, 2, 1, 0])] = y
        #expect(values(y) == [3, 3, 2, 1, 1])
        var grid = Tensor.arange(4).reshape([2, 2])
        grid[.all, .all] = grid.T
        #expect(values(grid) == [0, 2, 1, 3])
    }

    @Test func anElementIsWrittenWhereItLies() {
        var y = Tensor.zeros([1000])
        let address = y.withUnsafeBytes { $0.baseAddress }
        for i in 0..<10 { y[i] = Tensor(Float(i)) }
        #expect(y.withUnsafeBytes { $0.baseAddress } == address)
        #expect(y.sum().item() == 45)
    }

    @Test func theLastOfSeveralValuesForOnePlaceStays() {
        var y = Tensor.zeros([3])
        y[Tensor([1, 1, 0, 1])] = Tensor([1, 2, 3, 4] as [Float])
        #expect(values(y) == [3, 4, 0])
    }

    @Test func gradientsOfAnAssignment() {
        let x = Tensor([1, 2, 3] as [Float]).requiringGrad()
        let v = Tensor(5 as Float).requiringGrad()
        var y = x * 2
        let before = y
        y[0..<2] = v * v
        (y * Tensor([1, 10, 100] as [Float])).sum().backward()
        #expect(x.grad?.array(as: Int.self) == [0, 0, 200])
        #expect(v.grad?.item() == 110)
        #expect(values(before) == [2, 4, 6])
        // A constant takes part in a graph once something that has a gradient is assigned.
        var constant = Tensor.zeros([2])
        constant[1] = x.detach().requiringGrad().sum()
        #expect(constant.requiresGrad)
    }

    @Test func withoutGradientsALeafCanBeChanged() {
        var leaf = Tensor([1, 2, 3] as [Float]).requiringGrad()
        noGrad { leaf[1] = Tensor(9 as Float) }
        #expect(leaf.isLeaf && leaf.requiresGrad && values(leaf) == [1, 9, 3])
        leaf.update { $0[0] = Tensor(7 as Float) }
        #expect(leaf.isLeaf && leaf.requiresGrad && values(leaf) == [7, 9, 3])
    }
}
