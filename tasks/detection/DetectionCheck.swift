public import MartletPipeline
internal import MartletVision

extension DetectionTask {
    /// Reads all annotations and decodes every image, and says what is wrong with files, boxes and the set as a whole.
    public static func checkData(_ options: DetectionOptions) throws -> DataReport {
        guard !options.data.isEmpty else {
            throw ConfigurationError([
                "data: expected data=DIR, a folder with images and their annotations"
            ])
        }
        var progress: ProgressLine?
        let audit = try DetectionAudit(options.data, workers: options.training.workers) {
            done, total in
            progress = progress ?? ProgressLine("checking images", total: total, unit: "images")
            progress?.update(done)
        }
        progress?.finish()
        var report = DataReport(data: options.data)
        report.summary = audit.summary
        report.parts = audit.parts.map { part in
            .init(
                name: part.name, samples: part.images,
                groups: part.objects.map { .init($0.name, $0.count) })
        }
        report.counts = counts(audit)
        for problem in audit.problems {
            report.add(
                .init(
                    problem.severity == .error ? .error : .warning, problem.kind.rawValue,
                    file: problem.file, place: problem.place, problem.message))
        }
        return report
    }

    private static func counts(_ audit: DetectionAudit) -> [DataReport.Count] {
        let shown = audit.sizes.prefix(8)
        var counts = shown.map { DataReport.Count("\($0.size)", $0.count) }
        if audit.sizes.count > shown.count {
            let rest = audit.sizes.dropFirst(shown.count)
            counts.append(.init("\(rest.count) other sizes", rest.reduce(0) { $0 + $1.count }))
        }
        if audit.withoutObjects > 0 {
            counts.append(.init("images without objects", audit.withoutObjects))
        }
        let scales = audit.scales
        guard scales.small + scales.medium + scales.large > 0 else { return counts }
        return counts + [
            .init("small objects (below 32 pixels squared)", scales.small),
            .init("medium objects (below 96 pixels squared)", scales.medium),
            .init("large objects", scales.large),
        ]
    }
}
