internal import MartletPipeline

/// Predictions as a page of HTML without scripts, their tokens coloured by what they speak for.
enum AttributionPage {
    /// The page's name in the folder of `--out`.
    static let fileName = "attributions.html"

    static func page(_ predictions: [TextPrediction]) -> String {
        let articles: [HTML] = predictions.map { prediction in
            let claims: [HTML] = prediction.classes.map {
                "<b>\($0.label)</b> \(TextPrediction.percent($0.probability, places: 1)) "
            }
            let cut: HTML =
                prediction.truncated == 0
                ? "" : "; \(prediction.truncated) tokens beyond what the model reads"
            return """
                <article><p>\(claims)<span class="source">\(prediction.source)\(cut)</span></p>
                <blockquote>\(prediction.spans.html)</blockquote></article>

                """
        }
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
            <title>Attributions</title>
            <style>
            body { margin: 0 auto; max-width: 880px; padding: 32px 24px 64px; color: #1c2024;
              font: 16px/1.7 system-ui, "DejaVu Sans", sans-serif; background: #f6f7f9; }
            article { background: #fff; border: 1px solid #e0e3e8; border-radius: 8px; padding: 12px 18px;
              margin: 0 0 14px; }
            p { margin: 0 0 6px; } .source { color: #60646c; font-size: 13px; }
            blockquote { margin: 0; overflow-wrap: anywhere; }
            blockquote span { border-radius: 3px; padding: 1px 0; }
            .key span { padding: 2px 8px; border-radius: 3px; }
            </style>
            </head>
            <body>
            <h1>What the tokens speak for</h1>
            <p class="key"><span style="background:rgb(84,196,120)">for the most probable class</span>
            <span style="background:rgb(240,110,96)">against it</span>; integrated gradients, each text by its
            greatest</p>
            \(articles)</body>
            </html>

            """
        return page.source
    }
}
