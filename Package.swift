// swift-tools-version: 6.0
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [])
    -> Target
{
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies + ["MartletTesting"],
        resources: resources, swiftSettings: settings)
}

/// A task plugin: `tasks/FOLDER` becomes the target `TARGET`.
func task(_ target: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: target, dependencies: ["MartletPipeline"] + dependencies, path: "tasks/\(folder)",
        exclude: [], swiftSettings: settings)
}

let package = Package(
    name: "martlet",
    products: [
        .library(
            name: "Martlet",
            targets: ["Martlet", "MartletNN", "MartletOptim", "MartletData", "MartletMetrics"]),
        .library(name: "MartletVision", targets: ["MartletVision"]),
        .library(name: "MartletText", targets: ["MartletText"]),
        .library(name: "MartletPipeline", targets: ["MartletPipeline", "MartletCommand"]),
        .library(
            name: "MartletTesting", targets: ["MartletTesting", "MartletConformance"]),
        .executable(name: "martlet", targets: ["martlet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    ],
    targets: [
        .target(
            name: "CKernels",
            linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),
        .target(
            name: "CDNN", dependencies: ["CKernels"],
            linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("openblas")]),
        .target(
            name: "CLAPACK", dependencies: ["CKernels"],
            linkerSettings: [.linkedLibrary("openblas")]),
        .target(name: "CFFT", dependencies: ["CKernels"]),
        library("Martlet", ["CKernels", "CDNN", "CLAPACK", "CFFT"]),
        library("MartletNN", ["Martlet"]),
        library("MartletOptim", ["Martlet", "MartletNN"]),
        .target(
            name: "CImage", exclude: ["opencv2"], cxxSettings: [.headerSearchPath(".")],
            linkerSettings: [
                "opencv_core", "opencv_imgproc", "jpeg", "png", "webp", "m",
            ].map { .linkedLibrary($0) }),
        .target(
            name: "CXML", exclude: ["libxml"], cSettings: [.headerSearchPath(".")],
            linkerSettings: [.linkedLibrary("xml2")]),
        library(
            "MartletVision",
            [
                "Martlet", "MartletNN", "MartletData", "MartletMetrics", "CImage", "CXML",
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "MartletONNX",
            dependencies: [
                "Martlet", "MartletNN", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Protobuf/ONNX.proto"], swiftSettings: settings),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CDownload", linkerSettings: [.linkedLibrary("curl")]),
        library("MartletData", ["Martlet", "CZlib", "CZip", "CCrypto"]),
        library("MartletDatasets", ["MartletData", "CArchive", "CDownload"]),
        .target(
            name: "CUnicode",
            linkerSettings: ["icuuc", "icui18n", "stemmer"].map { .linkedLibrary($0) }),
        .target(
            name: "MartletText",
            dependencies: [
                "Martlet", "MartletNN", "MartletOptim", "MartletData", "CUnicode",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Subwords/Files/SentencePiece.proto"], swiftSettings: settings),
        library("MartletMetrics", ["Martlet"]),
        .target(
            name: "MartletTesting", dependencies: ["Martlet"],
            resources: [.copy("compare_onnxruntime.py")], swiftSettings: settings),
        .target(
            name: "MartletPipeline",
            dependencies: [
                "Martlet", "MartletNN", "MartletOptim", "MartletData", "MartletVision",
                "MartletMetrics", "MartletDatasets", .product(name: "Yams", package: "Yams"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Events/TensorBoard.proto"], swiftSettings: settings),
        library(
            "MartletCommand",
            [
                "Martlet", "MartletNN", "MartletOptim", "MartletData", "MartletVision",
                "MartletText", "MartletONNX", "MartletPipeline", "MartletDatasets",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        library(
            "MartletConformance",
            [
                "Martlet", "MartletNN", "MartletData", "MartletONNX", "MartletPipeline",
                "MartletTesting",
            ]),
        task(
            "ClassificationTask", "classification",
            [
                "Martlet", "MartletNN", "MartletData", "MartletDatasets", "MartletMetrics",
                "MartletVision",
            ]),
        task(
            "DetectionTask", "detection",
            [
                "Martlet", "MartletNN", "MartletData", "MartletDatasets", "MartletMetrics",
                "MartletVision",
            ]),
        task(
            "SentimentTask", "sentiment",
            [
                "Martlet", "MartletNN", "MartletData", "MartletDatasets", "MartletMetrics",
                "MartletText", "MartletVision",
            ]),
        .executableTarget(
            name: "course", dependencies: ["Martlet", "MartletNN", "MartletOptim", "MartletData"],
            path: "examples/course", swiftSettings: settings),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "ClassificationTask", "DetectionTask", "SentimentTask", "MartletCommand",
            ],
            swiftSettings: settings),
        tests(
            "MartletPipeline",
            [
                "Martlet", "MartletNN", "MartletOptim", "MartletData", "MartletMetrics",
                "MartletVision", "MartletConformance",
            ]),
        tests(
            "MartletCommand",
            [
                "martlet", "Martlet", "MartletNN", "MartletData", "MartletVision",
                "MartletPipeline",
                "ClassificationTask", "DetectionTask", "SentimentTask", "MartletConformance",
            ]),
        tests(
            "MartletConformance",
            [
                "Martlet", "MartletNN", "MartletData", "MartletMetrics", "MartletPipeline",
            ]),
        tests("Martlet", [], resources: [.copy("Fixtures")]),
        tests("MartletData", ["Martlet"], resources: [.copy("Fixtures")]),
        tests("MartletDatasets", ["MartletData"]),
        tests(
            "MartletMetrics", ["Martlet"],
            resources: [.copy("Fixtures"), .copy("compare_detection.py")]),
        tests("MartletNN", ["Martlet"], resources: [.copy("Fixtures")]),
        tests("MartletONNX", ["Martlet", "MartletNN"]),
        tests("MartletOptim", ["Martlet", "MartletNN"], resources: [.copy("Fixtures")]),
        tests("SentimentTask", ["Martlet", "MartletData", "MartletText"]),
        tests(
            "MartletText", ["Martlet", "MartletNN", "MartletData", "MartletONNX"],
            resources: [.copy("Fixtures")]),
        tests(
            "MartletVision", ["Martlet", "MartletNN", "MartletData", "MartletMetrics"],
            resources: [.copy("Fixtures")]),
    ],
    cxxLanguageStandard: .cxx17
)
