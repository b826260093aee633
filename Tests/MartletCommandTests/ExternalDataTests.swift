import Foundation
import MartletTesting
import Testing

/// An ONNX file may say that its weights lie in another file. Martlet refuses that, and does not so much as look at it.
@Suite struct ExternalDataTests {
    // MARK: A file made by hand, as protocol buffers write it

    private func number(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + number(value >> 7)
    }

    private func field(_ key: Int, _ value: Int) -> [UInt8] { number(key << 3) + number(value) }

    private func field(_ key: Int, _ bytes: [UInt8]) -> [UInt8] {
        number(key << 3 | 2) + number(bytes.count) + bytes
    }

    private func field(_ key: Int, _ text: String) -> [UInt8] { field(key, Array(text.utf8)) }

    /// y = Relu(x) of two numbers, beside weights in a file of their own.
    private func model(weightsAt location: String, offset: String) -> Data {
        let type = field(2, field(1, field(1, 1) + field(2, field(1, field(1, 2)))))
        func entry(_ key: String, _ value: String) -> [UInt8] {
            field(13, field(1, key) + field(2, value))
        }
        let weights =
            field(1, 2) + field(2, 1) + field(8, "w") + entry("location", location)
            + entry("offset", offset) + entry("length", "8") + field(14, 1)
        let graph =
            field(1, field(1, "x") + field(2, "y") + field(4, "Relu")) + field(2, "g")
            + field(5, weights) + field(11, field(1, "x") + type) + field(12, field(1, "y") + type)
        return Data(field(1, 8) + field(8, field(2, 17)) + field(7, graph))
    }

    @Test(
        "A9: data in another file are refused, whatever it is, without opening it",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/strace"), "no strace here"))
    func nothingIsOpened() throws {
        try withFolder { folder in
            let made = try shell(
                """
                cd \(folder) && mkdir -p models/sub outside-folder && echo 12345678 > models/inside
                echo 12345678 > outside && ln -s ../outside models/link-outside
                ln -s ../outside-folder models/link-folder && echo 12345678 > outside-folder/inside
                ln outside models/hard-outside && mkfifo models/pipe-inside
                """)
            #expect(made == 0)
            let locations = [
                ("inside", "0"), ("inside", "99999"), ("../outside", "0"),
                ("\(folder)/outside", "0"),
                ("sub/../../outside", "0"), ("link-outside", "0"), ("link-folder/inside", "0"),
                ("hard-outside", "0"), ("pipe-inside", "0"), ("../outside-folder", "0"),
                ("inside", "-1"), ("/dev/zero", "0"), ("", "0"),
            ]
            for (location, offset) in locations {
                try model(weightsAt: location, offset: offset).write(
                    to: URL(fileURLWithPath: folder + "/models/m.onnx"))
                let outcome = try Program.run(
                    "/usr/bin/strace",
                    [
                        "-f", "-e", "trace=%file", "-o", "trace", Martlet.path, "inspect",
                        "models/m.onnx",
                    ],
                    in: folder)
                #expect(outcome.code == 4, "\(location): \(outcome.errors)")
                #expect(
                    outcome.errors.contains("models/m.onnx: initializer 'w'")
                        && outcome.errors.contains("another file, '\(location.prefix(80))"),
                    "\(location): \(outcome.errors)")
                let trace = try String(contentsOfFile: folder + "/trace", encoding: .utf8)
                #expect(trace.contains("models/m.onnx\""), "strace saw nothing: \(outcome.errors)")
                for name in ["inside", "outside", "/dev/zero"] {
                    #expect(!trace.contains("\(name)\""), "\(location): \(trace)")
                }
            }
            #expect(
                try String(contentsOfFile: folder + "/outside", encoding: .utf8) == "12345678\n")
        }
    }
}
