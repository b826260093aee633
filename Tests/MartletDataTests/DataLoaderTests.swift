import Foundation
import Martlet
import MartletData
import Synchronization
import Testing

/// Elements that carry their index and a random number.
private struct Numbers: Dataset {
    struct Element: Sendable, Equatable {
        let index: Int
        let random: Double
    }

    let count: Int
    var slow: Set<Int> = []
    var bad: Set<Int> = []

    func element(at index: Int, generator: inout Generator) throws -> Element {
        if slow.contains(index) { usleep(20_000) }
        if bad.contains(index) {
            throw DataError(path: describe(index), problem: "no image", expected: "one")
        }
        return Element(index: index, random: generator.uniform())
    }

    func describe(_ index: Int) -> String { "folder/\(index).jpg" }
}

private func loader(
    _ set: Numbers, batch: Int = 4, shuffled: Bool = false, dropLast: Bool = false,
    workers: Int = 2, prefetch: Int? = nil, seed: UInt64 = 1
) -> DataLoader<Numbers, [Numbers.Element]> {
    DataLoader(
        set, batchSize: batch, order: shuffled ? .shuffled : .sequential, dropLast: dropLast,
        workers: workers, prefetch: prefetch, generator: Generator(seed: seed)
    ) { $0 }
}

private func all<Batch>(_ batches: Batches<Batch>) throws -> [Batch] {
    var result: [Batch] = []
    while let batch = try batches.next() { result.append(batch) }
    return result
}

/// Threads this process has.
private func threadCount() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
}

@Suite struct DataLoaderTests {
    @Test func keepsTheOrder() throws {
        // Slow elements at the start would overtake, were batches handed out as they get ready.
        let set = Numbers(count: 22, slow: [0, 9])
        let batches = try all(loader(set, workers: 3).epoch(0))
        #expect(batches.map(\.count) == [4, 4, 4, 4, 4, 2])
        #expect(batches.flatMap { $0 }.map(\.index) == Array(0..<22))
    }

    @Test func dropsTheLast() throws {
        let dropping = loader(Numbers(count: 22), dropLast: true)
        #expect(dropping.batchCount == 5)
        #expect(try all(dropping.epoch(0)).map(\.count) == [4, 4, 4, 4, 4])
        #expect(loader(Numbers(count: 22)).batchCount == 6)
        #expect(try all(loader(Numbers(count: 3), dropLast: true).epoch(0)).isEmpty)
        #expect(try all(loader(Numbers(count: 0)).epoch(0)).isEmpty)
    }

    @Test(arguments: [0, 1, 2, 4]) func doesNotDependOnWorkers(workers: Int) throws {
        let set = Numbers(count: 37, slow: [5])
        for epoch in 0..<2 {
            let expected = try all(
                loader(set, shuffled: true, workers: 1, prefetch: 1).epoch(epoch))
            let found = try all(loader(set, shuffled: true, workers: workers).epoch(epoch))
            #expect(found == expected)
        }
    }

    @Test func shufflesEveryEpochAnew() throws {
        let loader = loader(Numbers(count: 50), shuffled: true)
        let orders = (0..<3).map { loader.indices(epoch: $0) }
        for order in orders { #expect(order.sorted() == Array(0..<50)) }
        #expect(Set(orders).count == 3)
        #expect(loader.indices(epoch: 1) == orders[1])
        #expect(
            try all(loader.epoch(1)).flatMap { $0 }.map(\.index) == orders[1])
        let random = try (0..<2).map { epoch in
            try all(loader.epoch(epoch)).flatMap { $0 }.sorted { $0.index < $1.index }
                .map(\.random)
        }
        #expect(Set(random[0] + random[1]).count == 100)
    }

    @Test func startsInTheMiddle() throws {
        let loader = loader(Numbers(count: 22), shuffled: true)
        let whole = try all(loader.epoch(4))
        for first in 0...whole.count {
            let batches = loader.epoch(4, from: first)
            #expect(batches.position == first)
            #expect(try all(batches) == Array(whole[first...]))
        }
    }

    @Test func takesACustomOrder() throws {
        let loader = DataLoader(
            Numbers(count: 10), batchSize: 2,
            order: .custom { epoch, _ in [epoch, 3, 3] }, generator: Generator(seed: 1)
        ) { $0.map(\.index) }
        #expect(try all(loader.epoch(7)) == [[7, 3], [3]])
    }

    @Test(arguments: [0, 1, 3]) func errorNamesTheSample(workers: Int) throws {
        let batches = loader(Numbers(count: 20, bad: [9, 13]), workers: workers).epoch(0)
        #expect(try batches.next()?.count == 4)
        #expect(try batches.next()?.count == 4)
        let error = #expect(throws: SampleError.self) { _ = try batches.next() }
        #expect(error?.index == 9 && error?.exitCode == 3)
        #expect(
            error.map { "\($0)" } == "sample 9: folder/9.jpg: no image; expected one")
        #expect(try batches.next() == nil)
    }

    @Test func errorOfCollateIsThrown() throws {
        struct Odd: Error {}
        let loader = DataLoader(
            Numbers(count: 8), batchSize: 4, generator: Generator(seed: 1)
        ) { (_: [Numbers.Element]) throws -> Int in throw Odd() }
        #expect(throws: Odd.self) { try loader.epoch(0).next() }
    }

    @Test func staysAheadWithinBounds() throws {
        struct Counting: Dataset {
            final class Started: Sendable { let count = Atomic<Int>(0) }
            let started = Started()
            var count: Int { 100 }
            func element(at index: Int, generator: inout Generator) -> Int {
                started.count.add(1, ordering: .relaxed)
                return index
            }
        }
        let set = Counting()
        let loader = DataLoader(
            set, batchSize: 1, workers: 2, prefetch: 3, generator: Generator(seed: 1)
        ) { $0 }
        let batches = loader.epoch(0)
        for taken in 1...5 {
            _ = try batches.next()
            usleep(20_000)
            #expect(set.started.count.load(ordering: .relaxed) == taken + 3)
        }
    }

    @Test func abandonedEpochsEndTheirThreads() throws {
        let before = try threadCount()
        for _ in 0..<50 {
            let batches = loader(Numbers(count: 1000), workers: 4).epoch(0)
            _ = try batches.next()
        }
        // Other tests run beside this one; 200 threads would stand out.
        #expect(try threadCount() < before + 60)
    }

    @Test func cancellingEndsTheEpoch() throws {
        let batches = loader(Numbers(count: 100)).epoch(0)
        _ = try batches.next()
        batches.cancel()
        batches.cancel()
        #expect(try batches.next() == nil)
    }

    @Test func makesTensorsOnWorkers() throws {
        let set = ArrayDataset((0..<10).map { Tensor([Float($0), Float($0) * 2]) })
        let loader = DataLoader(
            set.map { tensor, _ in tensor + 1 }, batchSize: 5, workers: 2,
            generator: Generator(seed: 1)
        ) { Tensor.stack($0, dim: 0) }
        let batches = try all(loader.epoch(0))
        #expect(batches.map(\.shape) == [[5, 2], [5, 2]])
        #expect(batches[1].array(as: Int.self) == [6, 11, 7, 13, 8, 15, 9, 17, 10, 19])
    }

    @Test func subsetsKeepNames() throws {
        let set = Numbers(count: 10, bad: [7]).subset([2, 7])
        #expect(set.count == 2 && set.describe(1) == "folder/7.jpg")
        let loader = DataLoader(set, batchSize: 2, generator: Generator(seed: 1)) { $0 }
        let error = #expect(throws: SampleError.self) { _ = try loader.epoch(0).next() }
        #expect(error?.index == 1 && error?.sample == "folder/7.jpg")
    }

    @Test func splitsKeepProportions() {
        let labels = (0..<100).map { $0 < 80 ? 0 : $0 < 99 ? 1 : 2 }
        let (kept, heldOut) = Splits.stratified(
            labels: labels, heldOut: 0.1, generator: Generator(seed: 3))
        #expect((kept + heldOut).sorted() == Array(0..<100))
        #expect(heldOut.count { labels[$0] == 0 } == 8)
        #expect(heldOut.count { labels[$0] == 1 } == 2)
        #expect(kept.contains(99))
        let again = Splits.stratified(
            labels: labels, heldOut: 0.1, generator: Generator(seed: 3))
        #expect(again.heldOut == heldOut)
    }
}
