import Martlet
import Testing

/// What becomes of memory that tensors no longer hold, each in a process of its own.
@Suite struct MemoryTests {
    @Test func freedMemoryServesOthersOfAboutItsSize() async {
        await #expect(processExitsWith: .success) {
            let before = Memory.inUse
            do { _ = Tensor.zeros([3_000_000]) }
            let free = Memory.cached
            precondition(Memory.inUse == before && free >= 12_000_000, "\(free)")
            // Of the 12 MB that are free, 9 MB take all, which come back whole.
            do {
                let smaller = Tensor.zeros([2_250_000])
                precondition(Memory.cached <= free - 12_000_000, "\(smaller.shape)")
            }
            precondition(Memory.cached == free, "\(Memory.cached), not \(free)")
            // What is much smaller does not.
            let small = Tensor.zeros([1_000_000])
            precondition(Memory.cached == free, "\(small.shape)")
            Memory.releaseCached()
            precondition(Memory.cached == 0, "\(Memory.cached)")
        }
    }

    /// Of 16 to 31 MB: there are eight classes of blocks between.
    @Test func manySizesInTurnShareBlocks() async {
        await #expect(processExitsWith: .success) {
            for step in 0..<96 {
                let size = 7_750_000 - ((step * 7) % 32) * 125_000
                let x = Tensor.zeros([size])
                precondition(x.count == size, "\(x.shape)")
            }
            precondition(Memory.cached < 3 * 32_000_000, "\(Memory.cached)")
        }
    }
}
