import MartletPipeline
import MartletTesting
import Testing

@Suite struct ConfigurationFuzzTests {
    /// Mutants of configurations are read or refused with the file's name; see `Fuzzing`.
    @Test("A13: mutants of YAML files")
    func yamlMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = [
                "data: images\nepochs: 5\noptimizer:\n  name: sgd\n  momentum: 0.9\n",
                "{lr: 1e-3, schedule: {name: cosine, warmupSteps: 10}, weights: \"a b\"}\n# note\n",
                "a:\n  b:\n    c:\n      d: |\n        text\n        more\n",
            ].map { Array($0.utf8) }
            let words = [
                "&a ", "*a", "<<: *a", "!!binary ", "!!set", "- ", "? ", ": ", "[", "]", "{", "}",
                "---\n",
                "...\n", "%YAML 1.1\n", "\t", "\"", "'", "|\n", ">\n", "\\x", "~", "yes", "0x1f",
                ".nan",
                "[[[[[[[[[[[[[[[[", "{a: {a: {a: {a: ", "\u{feff}", "\u{85}", "\u{2028}",
            ]
            try Fuzzing.run("yaml", seeds: seeds, words: words) { path in
                do {
                    let values = try ConfigurationValue.read(path)
                    // What is read is applied: known keys or not, good values or not.
                    _ = try? TaskSettings().apply(values)
                    return true
                } catch let error as ConfigurationError {
                    guard error.problems.allSatisfy({ $0.hasPrefix(path) }) else { throw error }
                    return false
                }
            }
        }
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }
}
