import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Reading again and again takes no more memory and leaves no file open.
@Suite struct SoakTests {
    private func expectReport(_ result: ExitTest.Result?) {
        let text = Soak.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("rounds"), "\(text)")
    }

    @Test("E7: reading weights over and over, good and damaged ones, takes no more memory")
    func weights() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let folder = try TemporaryFolder()
            try Safetensors.write(SafetensorsTests.samples, to: folder.file("good"))
            try PTH.write([("a", Tensor.zeros([64, 64]))], to: folder.file("good.pth"))
            try folder.write(Array(try folder.bytes("good").dropLast()), "cut")
            try folder.write(Array(try folder.bytes("good.pth").dropLast(40)), "cut.pth")
            let rounds = 10_000 * Fuzzing.scale
            var soak = Soak("weights", rounds: rounds, warmUp: 2000)
            for _ in 0..<rounds {
                _ = try Weights.read(folder.file("good"))
                _ = try Weights.read(folder.file("good.pth"))
                for name in ["cut", "cut.pth"] {
                    guard (try? Weights.read(folder.file(name))) == nil else {
                        throw FuzzingError(description: "\(name) was read")
                    }
                }
                try soak.finishRound()
            }
            try soak.finish()
        }
        expectReport(result)
    }

    @Test("E7: reading tables over and over, good and damaged ones, takes no more memory")
    func tables() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let folder = try TemporaryFolder()
            let rows = (0..<20).map { "\($0),\"text, of \($0)\",ä" }.joined(separator: "\n")
            try folder.write("a,b,c\n" + rows, "good")
            try folder.write("a,b,c\n" + rows + "\n1,\"2\n", "damaged")
            try NPY.write(Tensor.zeros([16, 16]), to: folder.file("array"))
            let rounds = 10_000 * Fuzzing.scale
            var soak = Soak("tables", rounds: rounds, warmUp: 2000)
            for _ in 0..<rounds {
                _ = try CSVTable(folder.file("good")).numbers("a")
                _ = try NPY.read(folder.file("array"))
                guard (try? CSVTable(folder.file("damaged"))) == nil else {
                    throw FuzzingError(description: "the damaged table was read")
                }
                try soak.finishRound()
            }
            try soak.finish()
        }
        expectReport(result)
    }
}
