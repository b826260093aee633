internal import ArgumentParser
internal import MartletData
internal import MartletPipeline
internal import MartletVision

struct DataConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Writes annotated images in another format: Pascal VOC's, COCO's or YOLO's.",
        discussion: """
            What the data are is found out as training does. Image files are put into the new folder under second \
            names where the system allows that (hard links), else copied. What the format has no place for is told of.
            """)

    @Argument(help: "The data: a folder, or a .json file of COCO's.") var source: String
    @Option(help: "The format: voc, coco or yolo.") var to: String
    @Option(help: "The folder to write, which must not exist.") var out: String

    func run() throws {
        guard let format = DetectionData.Format(rawValue: to) else {
            let known = DetectionData.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(["--to: expected one of \(known), got \"\(to)\""])
        }
        try OutputPath.check(out)
        let data = try DetectionData(discovering: source)
        for problem in data.problems.prefix(10) { Log.info("warning: \(problem)") }
        if data.problems.count > 10 {
            Log.info(
                "warning: \(data.problems.count - 10) more; martlet data check detection "
                    + "data=\(source) lists them")
        }
        for loss in try data.write(as: format, to: out) { Log.info("warning: \(loss)") }
        try Output.line("\(try DetectionData(discovering: out))")
    }
}
