import Foundation
import Martlet
import MartletData
import Testing

/// Numbers, some of which cannot be read.
private struct Faulty: Dataset {
    let count: Int
    let bad: Set<Int>
    var isDataError = true

    struct Trouble: Error {}

    func element(at index: Int, generator: inout Generator) throws -> Int {
        if bad.contains(index) {
            // Late, so that with several workers errors arrive out of order.
            usleep(UInt32(generator.integer(in: 0..<300)))
            throw isDataError
                ? DataError(path: describe(index), problem: "damaged") : Trouble()
        }
        return index
    }

    func describe(_ index: Int) -> String { "folder/\(index).jpg" }
}

@Suite struct SkippedSamplesTests {
    private func loader(
        _ set: Faulty, _ skipped: SkippedSamples?, workers: Int, seed: UInt64, batch: Int = 8
    ) -> DataLoader<Faulty, [Int]> {
        DataLoader(
            set, batchSize: batch, order: .shuffled, workers: workers,
            generator: Generator(seed: seed), skipped: skipped
        ) { $0 }
    }

    private func all(_ batches: Batches<[Int]>) throws -> [[Int]] {
        var result: [[Int]] = []
        while let batch = try batches.next() { result.append(batch) }
        return result
    }

    @Test("B6: what was skipped equals the truth, whatever the number of workers", arguments: 1...3)
    func listEqualsTruth(seed: UInt64) throws {
        var random = Generator(seed: seed)
        let bad = Set(random.permutation(1000).prefix(10))
        print("B6: seed \(seed), bad \(bad.sorted())")
        let set = Faulty(count: 1000, bad: bad)
        var first: [[Int]]?
        for workers in [0, 1, 2, 4] {
            let skipped = SkippedSamples(atMost: 0.01, of: set.count)
            let loader = loader(set, skipped, workers: workers, seed: seed)
            var batches: [[Int]] = []
            for epoch in 0..<2 {
                batches += try all(loader.epoch(epoch))
                #expect(skipped.list.map(\.index) == bad.sorted())
            }
            #expect(batches.flatMap { $0 }.sorted() == (set.all + set.all).sorted())
            #expect(skipped.list.first?.description.contains(".jpg: damaged") == true)
            if let first { #expect(batches == first) }
            first = batches
        }
    }

    @Test("B6: an epoch that goes on from its middle skips what its batches hold, no more")
    func goingOn() throws {
        let set = Faulty(count: 100, bad: [3, 50, 51, 52, 97])
        for first in 0...13 {
            let skipped = SkippedSamples(atMost: 1, of: set.count)
            let loader = loader(set, skipped, workers: 2, seed: 4)
            _ = try all(loader.epoch(0, from: first))
            let rest = Set(loader.indices(epoch: 0).dropFirst(first * 8))
            #expect(Set(skipped.list.map(\.index)) == rest.intersection(set.bad))
        }
    }

    @Test("B6: what is made ahead and not taken does not count") func madeAhead() throws {
        let set = Faulty(count: 64, bad: Set(0..<64).subtracting([0]))
        let skipped = SkippedSamples(atMost: 1, of: 64)
        let loader = DataLoader(
            set, batchSize: 1, workers: 3, generator: Generator(seed: 1), skipped: skipped
        ) { $0 }
        let batches = loader.epoch(0)
        #expect(try batches.next() == [0])
        usleep(20_000)
        #expect(skipped.list.isEmpty)
    }

    @Test(
        "B6: more than maxBad ends the epoch at the same batch with any workers",
        arguments: [0, 1, 3])
    func theCap(workers: Int) throws {
        let set = Faulty(count: 200, bad: [10, 20, 30])
        let skipped = SkippedSamples(atMost: 0.01, of: 200)
        #expect(skipped.limit == 2)
        let loader = DataLoader(
            set, batchSize: 4, workers: workers, generator: Generator(seed: 1), skipped: skipped
        ) { $0 }
        let batches = loader.epoch(0)
        for _ in 0..<7 { _ = try batches.next() }
        let error = #expect(throws: TooManySkipped.self) { try batches.next() }
        #expect(error?.count == 3 && error?.limit == 2 && error?.exitCode == 3)
        #expect(error?.description.contains("folder/30.jpg") == true)
        #expect(try batches.next() == nil)
    }

    @Test("B6: a batch of which nothing is left is passed over", arguments: [0, 2])
    func emptyBatches(workers: Int) throws {
        let set = Faulty(count: 6, bad: [2, 3])
        let loader = DataLoader(
            set, batchSize: 2, workers: workers, generator: Generator(seed: 1),
            skipped: SkippedSamples(atMost: 0.5, of: 6)
        ) { $0 }
        #expect(try all(loader.epoch(0)) == [[0, 1], [4, 5]])
        let last = DataLoader(
            Faulty(count: 6, bad: [4, 5]), batchSize: 2, workers: workers,
            generator: Generator(seed: 1), skipped: SkippedSamples(atMost: 0.5, of: 6)
        ) { $0 }
        #expect(try all(last.epoch(0)) == [[0, 1], [2, 3]])
    }

    @Test("B6: what is not the data's fault is never skipped") func otherErrors() throws {
        let set = Faulty(count: 6, bad: [2], isDataError: false)
        let loader = loader(set, SkippedSamples(atMost: 1, of: 6), workers: 1, seed: 1)
        #expect(throws: SampleError.self) { try all(loader.epoch(0)) }
    }

    @Test("B5: a file that vanishes in the middle of an epoch is named, or skipped")
    func vanishing() throws {
        struct Files: Dataset {
            let files: LabelledFiles
            var count: Int { files.items.count }
            func describe(_ index: Int) -> String { files.items[index].path }
            func element(at index: Int, generator: inout Generator) throws -> [UInt8] {
                let path = files.items[index].path
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw DataError(path: path, problem: "it cannot be read")
                }
                return Array(data)
            }
        }
        let folder = try TemporaryFolder()
        for number in 0..<6 { try folder.write("\(number)", "a/\(number).png") }
        for skips in [false, true] {
            let set = Files(files: try LabelledFiles(folder.path))
            let skipped = SkippedSamples(atMost: 0.5, of: set.count)
            let batches = DataLoader(
                set, batchSize: 1, workers: 0, generator: Generator(seed: 1),
                skipped: skips ? skipped : nil
            ) { $0 }.epoch(0)
            _ = try batches.next()
            try FileManager.default.removeItem(atPath: folder.file("a/3.png"))
            _ = try batches.next()
            _ = try batches.next()
            if skips {
                #expect(try batches.next() == [[UInt8(ascii: "4")]])
                #expect(skipped.list.map(\.sample) == [folder.file("a/3.png")])
            } else {
                let error = #expect(throws: SampleError.self) { try batches.next() }
                #expect(error?.description.contains("a/3.png") == true && error?.exitCode == 3)
            }
            try folder.write("3", "a/3.png")
        }
    }
}

extension Faulty {
    /// What can be read.
    fileprivate var all: [Int] { (0..<count).filter { !bad.contains($0) } }
}
