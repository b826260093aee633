public import MartletDatasets

extension DetectionTask {
    public static var datasets: [DatasetCard] { [shapes] }

    private static let shapes = DatasetCard(
        name: "shapes-voc",
        summary:
            "600 scenes with 1 to 7 of six shapes each, drawn by Martlet, as Pascal VOC has its data",
        licence: "none needed: the pictures are made on this machine", source: "Martlet",
        origin: .generated(bytes: 16_000_000, SceneSet.write))
}
