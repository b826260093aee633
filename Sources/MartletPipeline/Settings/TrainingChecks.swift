internal import Foundation
internal import MartletData

extension TaskSettings {
    /// Takes the settings of a training and checks all that can be checked before data are read.
    ///
    /// A default gives way to a file, a file to those that inherit it and to later ones, all to the command line.
    ///
    /// - Parameters:
    ///   - files: YAML files.
    ///   - arguments: `KEY=VALUE` words.
    ///   - out: the run folder, which must not exist yet; nil where there will be none.
    ///   - readsData: whether data and weights must be there; not where settings are only looked at.
    /// - Throws: `ConfigurationError` with everything that is wrong, `DiskError` where the run folder could not be made.
    public func prepareTraining(
        files: [String], arguments: [String], out: String? = nil, readsData: Bool = true
    ) throws {
        var reader = ConfigurationReader()
        for file in files { reader.read(file) }
        reader.parse(arguments)
        var problems = reader.problems + take(reader.values) + conflicts()
        if readsData { problems += located(trainingProblems()) }
        if let out {
            if out.isEmpty { problems.append("--out: expected the name of a folder, got nothing") }
            if FileManager.default.fileExists(atPath: out) {
                problems.append(
                    "--out \(out): it exists already; a run never overwrites one, choose another name"
                )
            }
        }
        if !problems.isEmpty { throw ConfigurationError(problems) }
        if let out { try PathCheck.making(out) }
    }
}

/// What can be said about a path before it is used.
package enum PathCheck {
    /// What is wrong with a file or folder that a setting names, if it names one.
    package static func reading(_ path: String, for key: String) -> [String] {
        if path.isEmpty || access(path, R_OK) == 0 { return [] }
        return ["\(key): \(path) cannot be read: \(String(cString: strerror(errno)))"]
    }

    /// Sees whether a folder could be made.
    static func making(_ path: String) throws(DiskError) {
        var folder = URL(fileURLWithPath: path).standardizedFileURL
        repeat {
            folder.deleteLastPathComponent()
        } while access(folder.path, F_OK) != 0 && folder.path != "/"
        // Writing into a folder takes leave to search it, which what is no folder never gives.
        if access(folder.path + "/.", W_OK | X_OK) != 0 {
            throw DiskError(path: path, operation: "make the run folder", code: errno)
        }
    }
}
