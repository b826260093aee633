internal import Martlet
public import MartletDatasets

extension SentimentTask {
    public static var datasets: [DatasetCard] {
        [card("reviews", .english, "English"), card("reviews-zh", .chinese, "Chinese")]
    }

    private static let trained = 8000
    private static let validated = 1000

    private static func card(
        _ name: String, _ language: ReviewLanguage, _ adjective: String
    ) -> DatasetCard {
        DatasetCard(
            name: name,
            summary:
                "\(trained + validated) \(adjective) reviews by a grammar of negation and contrast: words alone do not tell",
            licence: "none needed: the texts are made on this machine", source: "Martlet",
            origin: .generated(bytes: 1_500_000) { generation in
                try ReviewGrammar(language).write(
                    to: generation.folder, train: trained, validation: validated,
                    generator: Generator(seed: UInt64(generation.seed)))
                generation.progress(trained + validated, trained + validated)
            })
    }
}
