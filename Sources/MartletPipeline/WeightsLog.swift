public import MartletData

extension Weights {
    /// Reads a file as `read` does, and logs what was chosen in it and what was left aside.
    ///
    /// - Throws: `WeightsError`.
    public static func readAndLog(_ path: String) throws(WeightsError) -> Contents {
        let contents = try read(path)
        for note in contents.notes { Log.info("\(path): \(note)") }
        return contents
    }
}
