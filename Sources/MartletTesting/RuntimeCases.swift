internal import Foundation
package import Martlet

/// ONNX files with inputs and the outputs expected for them, which a Python script compares with ONNX Runtime's.
package struct RuntimeCases {
    /// The Python that the environment's `MARTLET_PYTHON` names; nil where there is none.
    package static let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

    private let folder: String
    private let tolerance: Double
    private var cases: [[String: Any]] = []

    /// - Parameters:
    ///   - folder: where the files lie.
    ///   - tolerance: the greatest difference to accept, absolute and relative.
    package init(folder: String, tolerance: Double = 1e-4) {
        self.folder = folder
        self.tolerance = tolerance
    }

    /// Adds inputs by name and the outputs, in order, for a file of the folder.
    package mutating func add(file: String, inputs: [String: Tensor], outputs: [Tensor]) throws {
        let stem = "\(cases.count)-\(file)"
        var entries: [String: Any] = [:]
        for (name, tensor) in inputs { entries[name] = try write(tensor, "\(stem).\(name)") }
        let expected = try outputs.enumerated().map { try write($1, "\(stem).expected\($0)") }
        cases.append([
            "file": file, "inputs": entries, "outputs": expected, "tolerance": tolerance,
        ])
    }

    private func write(_ tensor: Tensor, _ name: String) throws -> [String: Any] {
        let data = tensor.withUnsafeBytes { Data($0) }
        try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return ["file": name, "shape": tensor.shape, "dtype": tensor.dtype.name]
    }

    /// Checks the files and runs them.
    ///
    /// - Returns: what does not agree, a line a case; nil where everything does.
    package func failures() throws -> String? {
        guard let python = Self.python,
            let script = Bundle.module.path(forResource: "compare_onnxruntime", ofType: "py")
        else { return "expected MARTLET_PYTHON to name a Python, and compare_onnxruntime.py" }
        let list = try JSONSerialization.data(withJSONObject: cases)
        try list.write(to: URL(fileURLWithPath: folder + "/cases.json"))
        let outcome = try Program.run(python, [script, folder])
        return outcome.code == 0 ? nil : outcome.output + outcome.errors
    }
}
