internal import Foundation
internal import MartletData

/// A run as one page of HTML without scripts: curves, pictures, samples, settings. Nothing is fetched from anywhere.
public struct RunReport {
    /// The page's name in a run folder.
    public static let fileName = "report.html"

    private let run: RunRecord

    public init(_ run: RunRecord) { self.run = run }

    /// Writes the page, into the run folder where no other path is given.
    ///
    /// - Returns: its path.
    /// - Throws: `DiskError`, and `DataError` for a damaged file of the run.
    public func write(to path: String? = nil) throws -> String {
        let path = path ?? "\(run.path)/\(RunReport.fileName)"
        try AtomicFile.write(page().source, to: path)
        return path
    }

    func page() throws -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
        <title>\(run.name) - \(run.task)</title>
        <style>
        \(RunReport.style)
        </style>
        </head>
        <body><main>
        \(heading)
        \(try charts())\(evaluation)\(table)\(try settings())\(try environment())
        </main></body>
        </html>

        """
    }

    private func section(_ title: String, _ body: HTML) -> HTML {
        "<section><h2>\(title)</h2>\n\(body)</section>\n"
    }

    // MARK: What happened

    private var heading: HTML {
        let date = run.started.formatted(
            Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current))
        var tiles: [(name: String, value: String)] = []
        if let best = run.bestEpoch, let score = run.bestScore {
            tiles.append(("best \(run.monitor), epoch \(best + 1)", Scale.short(score)))
        }
        if let loss = run.epochs.last?["train_loss"] {
            tiles.append(("last training loss", Scale.short(loss)))
        }
        tiles.append(("epochs", "\(run.epochsDone) of \(run.epochsPlanned)"))
        let seconds = min(run.epochs.compactMap { $0["seconds"] }.reduce(0, +), 1e12)
        tiles.append(("training", ProgressLine.clock(seconds)))
        if let speed = run.epochs.last?["samples_per_second"] {
            tiles.append(("samples a second", Scale.short(speed.rounded())))
        }
        return """
            <h1>\(run.name)</h1>
            <p>\(run.task)\(run.model.map { ", \($0)" } ?? ""); \(run.state); began \(date)</p>
            <div class="tiles">\
            \(tiles.map { "<div><span>\($0.name)</span><b>\($0.value)</b></div>" as HTML })\
            </div>
            """
    }

    private func charts() throws -> HTML {
        func curve(_ key: String, _ name: String) -> ReportChart.Curve {
            .init(name: name, values: run.epochs.map { $0[key] })
        }
        let metrics = Set(run.epochs.flatMap(\.keys)).filter { $0.hasPrefix("val_") }
            .map { String($0.dropFirst(4)) }.filter { $0 != "loss" && $0 != run.monitor }.sorted()
        var charts = [
            ReportChart(
                title: "Loss",
                curves: [curve("train_loss", "training"), curve("val_loss", "validation")])
        ]
        for metric in (run.monitor == "loss" ? [] : [run.monitor]) + metrics {
            charts.append(
                ReportChart(title: "Validation \(metric)", curves: [curve("val_\(metric)", metric)])
            )
        }
        charts.append(ReportChart(title: "Learning rate", curves: [curve("lr", "learning rate")]))
        charts.append(
            ReportChart(
                title: "Samples a second", curves: [curve("samples_per_second", "samples/s")]))
        let drawn = charts.compactMap(\.html)
        return drawn.isEmpty
            ? section("Curves", "<p>No epoch is finished yet.</p>")
            : section("Curves", "<div class=\"charts\">\(drawn)</div>\n")
    }

    // MARK: What was learnt

    private var evaluation: HTML {
        guard let evaluation = run.evaluation else { return "" }
        let metrics: [HTML] = evaluation.metrics.map { metric in
            let value = metric.value.map(Scale.short) ?? "no number"
            return "<tr><td>\(metric.name)</td><td>\(value)</td></tr>\n"
        }
        let pictures: [HTML] = evaluation.pictures.filter { picture in
            // What a gallery shows is not shown again.
            !evaluation.galleries.contains { $0.name == picture.name }
        }.map { picture in
            "<figure class=\"picture\"><figcaption>\(picture.name)</figcaption>\(image(picture.png, picture.name))</figure>\n"
        }
        var result = section(
            "Evaluation of epoch \(evaluation.epoch)",
            """
            <div class="card"><table>\(metrics)</table>
            <details><summary>In detail</summary><pre>\(evaluation.report)</pre></details></div>

            """)
        if !pictures.isEmpty { result += section("Pictures", "\(pictures)") }
        for gallery in evaluation.galleries where !gallery.items.isEmpty {
            let items: [HTML] = gallery.items.map { item in
                let caption: [HTML] = item.caption.enumerated().map { number, line in
                    number == 0
                        ? "<span class=\"\(item.verdict.rawValue)\">\(line)</span>"
                        : "<br/>\(line)"
                }
                let sample: HTML =
                    item.png.map { image($0, item.caption.joined(separator: ", ")) }
                    ?? "<blockquote>\(item.text ?? "")</blockquote>"
                return "<figure>\(sample)<figcaption>\(caption)</figcaption></figure>\n"
            }
            let kind: HTML = gallery.items.contains { $0.png == nil } ? "gallery texts" : "gallery"
            result += section(gallery.title, "<div class=\"\(kind)\">\n\(items)</div>\n")
        }
        return result
    }

    private func image(_ png: Data, _ text: String) -> HTML {
        "<img alt=\"\(text)\" src=\"data:image/png;base64,\(png.base64EncodedString())\"/>"
    }

    /// Every epoch.
    private var table: HTML {
        guard let last = run.epochs.last else { return "" }
        let metrics = last.keys.filter { $0.hasPrefix("val_") }.sorted()
        let names = ["epoch", "train_loss"] + metrics + ["lr", "seconds", "samples_per_second"]
        let header: [HTML] = names.map { "<th>\($0)</th>" }
        let rows: [HTML] = run.epochs.map { epoch in
            let cells: [HTML] = names.map { name in
                "<td>\(epoch[name].map(Scale.short) ?? "")</td>"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return section(
            "Epochs",
            """
            <div class="card"><table class="numbers"><tr>\(header)</tr>
            \(rows)</table></div>

            """)
    }

    // MARK: What it was made of

    /// The settings; config.yaml says at the ends of its lines where values came from.
    private func settings() throws -> HTML {
        let path = "\(run.path)/config.yaml"
        let lines = try RunFile.text(path).split(
            separator: "\n", omittingEmptySubsequences: false)
        let rows: [HTML] = run.settings.map { setting in
            var origin = ""
            if case .file(_, let line) = setting.origin, lines.indices.contains(line - 1),
                let mark = lines[line - 1].range(of: " # ", options: .backwards)
            {
                origin = String(lines[line - 1][mark.upperBound...])
            }
            return
                "<tr><td>\(setting.key)</td><td>\(setting.text)</td><td>\(origin)</td></tr>\n"
        }
        return section("Settings", "<div class=\"card\"><table>\(rows)</table></div>\n")
    }

    /// `environment.json`, where the run has one: an object of texts and numbers.
    private func environment() throws -> HTML {
        let path = "\(run.path)/environment.json"
        guard FileManager.default.fileExists(atPath: path) else { return "" }
        let values = try RunFile.decode([String: PlainValue].self, path)
        let rows: [HTML] = values.sorted { $0.key < $1.key }.map {
            "<tr><td>\($0.key)</td><td>\($0.value.text)</td></tr>\n"
        }
        return section("Environment", "<div class=\"card\"><table>\(rows)</table></div>\n")
    }
}

/// Text, a number or a truth value of a JSON file, as text.
private struct PlainValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.text = text
        } else if let number = try? container.decode(Double.self) {
            text = Scale.short(number)
        } else {
            text = container.decodeNil() ? "" : "\(try container.decode(Bool.self))"
        }
    }
}
