import Martlet
import MartletTesting
import Testing

@Suite("Operations of two tensors")
struct BinaryTests {
    private static let operations: FixtureOperations = [
        "add": two { $0 + $1 }, "sub": two { $0 - $1 }, "mul": two { $0 * $1 },
        "div": two { $0 / $1 }, "maximum": two { $0.maximum($1) },
        "minimum": two { $0.minimum($1) }, "atan2": two { $0.atan2($1) },
        "fmod": two { $0.fmod($1) }, "remainder": two { $0.remainder($1) },
        "floorDivide": two { $0.floorDivide($1) }, "pow": two { $0.pow($1) },
        "eq": two { $0.eq($1) }, "ne": two { $0.ne($1) }, "lt": two { $0.lt($1) },
        "le": two { $0.le($1) }, "gt": two { $0.gt($1) }, "ge": two { $0.ge($1) },
        "logicalAnd": two { $0.logicalAnd($1) }, "logicalOr": two { $0.logicalOr($1) },
        "logicalXor": two { $0.logicalXor($1) }, "addInteger": one { $0 + 2 },
        "addReal": one { $0 + 1.5 },
        "where": { _ in { [Tensor.where($0[0], $0[1], $0[2])] } },
        "powNumber": { arguments in
            let exponent = try arguments.double("exponent")
            return { [$0[0].pow(exponent)] }
        },
        "maskedFill": { arguments in
            let value = try arguments.double("value")
            return { [$0[0].maskedFill($0[1], value)] }
        },
    ]

    @Test(arguments: try fixtures("binary"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(BinaryTests.operations, secondDerivatives: true)
    }

    @Test func numbersStandOnEitherSide() {
        let x = Tensor([1, 2, 4] as [Float])
        expectClose(1 - x, Tensor([0, -1, -3] as [Float]))
        expectClose(2.0 / x, Tensor([2, 1, 0.5] as [Float]))
        expectClose(x * 3, Tensor([3, 6, 12] as [Float]))
        expectClose(0.5 + x, Tensor([1.5, 2.5, 4.5] as [Float]))
        expectClose(7 - Tensor([1, 2]), Tensor([6, 5]))
    }

    @Test func numbersBesideHalfTypesKeepTheirDigits() {
        let x = Tensor([7.0], dtype: .bfloat16)
        // 0.3 as a bfloat16 is 0.30078125, and the product 2.109375.
        #expect((x * 0.3).dtype == .bfloat16 && (x * 0.3).item() == 2.09375)
        let leaf = x.requiringGrad()
        (leaf * 0.3).backward()
        #expect(leaf.grad?.dtype == .bfloat16)
    }

    @Test func changingInPlaceLeavesCopiesAlone() {
        var x = Tensor([1, 2, 3] as [Float])
        let y = x
        x += Tensor([1, 1, 1] as [Float])
        x -= Tensor([0, 1, 0] as [Float])
        x *= 2
        expectClose(x, Tensor([4, 4, 8] as [Float]))
        expectClose(y, Tensor([1, 2, 3] as [Float]))
    }

    @Test func addingInPlaceToAViewLeavesTheWholeAlone() {
        let whole = Tensor([1, 2, 3, 4] as [Float])
        var part = whole[0..<2]
        part += part
        expectClose(part, Tensor([2, 4] as [Float]))
        expectClose(whole, Tensor([1, 2, 3, 4] as [Float]))
    }

    @Test func closenessIsPyTorchs() {
        let a = Tensor([1, .nan, .infinity, 1e-9] as [Double])
        let b = Tensor([1.000_001, .nan, .infinity, 0])
        expectClose(a.isClose(b), Tensor([true, false, true, true]))
        #expect(a.allClose(b, equalNaN: true))
        #expect(!Tensor([Double.infinity]).allClose(Tensor([1.0]), rtol: 10))
    }
}
