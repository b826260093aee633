internal import Foundation
internal import MartletData

/// The files of a package with one task.
struct PackageTemplate {
    /// The task's name, and where Martlet is: a folder or a URL.
    let name: String
    let martlet: String

    /// The name as types are called: `WordCount` of `word-count`.
    private var type: String {
        name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Paths and texts.
    var files: [(path: String, text: String)] {
        [
            ("Package.swift", manifest), ("README.md", readme), (".gitignore", ".build/\nruns/\n"),
            ("Sources/\(name)/main.swift", main),
            (
                "Sources/\(type)Task/\(type)Task.swift",
                imports(
                    "Foundation", "Martlet", "MartletData", "MartletMetrics", "MartletNN",
                    "MartletPipeline") + TaskTemplate.task
            ),
            (
                "Sources/\(type)Task/\(type)Data.swift",
                imports("Foundation", "Martlet", "MartletData") + TaskTemplate.data
            ),
            (
                "Tests/\(type)TaskTests/ConformanceTests.swift",
                imports("Foundation", "MartletConformance", "Testing", "\(type)Task")
                    + TaskTemplate.conformance
            ),
            (
                "Tests/\(type)TaskTests/\(type)TaskTests.swift",
                imports(
                    "Foundation", "Martlet", "MartletData", "MartletPipeline", "MartletTesting",
                    "Testing") + TaskTemplate.tests
            ),
        ].map { path, text in
            (path, text.replacing("@Name@", with: type).replacing("@name@", with: name) + "\n")
        }
    }

    private func imports(_ modules: String...) -> String {
        modules.sorted().map { "import \($0)\n" }.joined() + "\n"
    }

    private var isURL: Bool { martlet.contains("://") }

    private var manifest: String {
        let place = isURL ? martlet : URL(fileURLWithPath: martlet).standardizedFileURL.path
        let dependency =
            isURL ? ".package(url: \"\(place)\", branch: \"main\")" : ".package(path: \"\(place)\")"
        // The package manager calls a package after the last part of its path.
        let last = FilePath.name(of: place).lowercased()
        let package = last.hasSuffix(".git") ? String(last.dropLast(4)) : last
        func product(_ name: String) -> String {
            ".product(name: \"\(name)\", package: \"\(package)\")"
        }
        return """
            // swift-tools-version: 6.0
            import PackageDescription

            let package = Package(
                name: "@name@",
                dependencies: [
                    \(dependency)
                ],
                targets: [
                    .target(
                        name: "@Name@Task",
                        dependencies: [
                            \(product("Martlet")),
                            \(product("MartletPipeline")),
                        ]),
                    .executableTarget(
                        name: "@name@",
                        dependencies: [
                            "@Name@Task", \(product("MartletPipeline")),
                        ]),
                    .testTarget(
                        name: "@Name@TaskTests",
                        dependencies: [
                            "@Name@Task", \(product("Martlet")), \(product("MartletPipeline")),
                            \(product("MartletTesting")),
                        ]),
                ]
            )
            """
    }

    private var main: String {
        """
        import @Name@Task
        import MartletCommand

        MartletCommand.main(tasks: [@Name@Task.self])
        """
    }

    private var readme: String {
        """
        # @name@

        A task for [Martlet](\(martlet)). As it was made, it tells points inside a ring from points outside, on data
        that it draws itself: put your own in the place of `@Name@Data.swift`, then change the network, the loss and
        the metrics in `@Name@Task.swift`.

            swift test -c release -Xswiftc -enable-testing
            swift run -c release @name@ help @name@
            swift run -c release @name@ train @name@ --out run
            swift run -c release @name@ evaluate run
            echo "0.1 0.2" > point.txt
            swift run -c release @name@ predict run point.txt

        Build in release: C that is not optimised is hundreds of times slower.

        | file | what it holds |
        |---|---|
        | `Sources/@Name@Task/@Name@Task.swift` | settings, network, loss, metrics, predictions |
        | `Sources/@Name@Task/@Name@Data.swift` | the data |
        | `Sources/@name@/main.swift` | the program: a list of tasks |
        | `Tests/@Name@TaskTests` | its tests, and in `ConformanceTests.swift` what every task promises: that it can learn, \
        resumes exactly, predicts each input alone, exports its network and refuses damaged files |

        `examples/tabular` in Martlet is a task like this one that reads its data from files.
        """
    }
}
