// swift-tools-version: 6.0
import PackageDescription

// A package of its own with a task of its own. Here Martlet is two folders up; elsewhere:
// .package(url: "https://github.com/OWNER/martlet", branch: "main")
let package = Package(
    name: "tabular",
    dependencies: [.package(name: "martlet", path: "../..")],
    targets: [
        .target(
            name: "TabularTask",
            dependencies: [
                .product(name: "Martlet", package: "martlet"),
                .product(name: "MartletPipeline", package: "martlet"),
            ]),
        .executableTarget(
            name: "tabular",
            dependencies: [
                "TabularTask", .product(name: "MartletPipeline", package: "martlet"),
            ]),
        .testTarget(
            name: "TabularTaskTests",
            dependencies: [
                "TabularTask", .product(name: "MartletTesting", package: "martlet"),
            ], exclude: ["scikit_learn.py"]),
    ]
)
