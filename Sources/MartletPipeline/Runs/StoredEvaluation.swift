internal import Foundation
public import MartletVision

/// Samples to look at, with what a model said of them.
public struct Gallery: Sendable {
    /// One sample.
    public struct Item: Sendable {
        /// Whether what was said of a sample is right; neutral where that is no question.
        public enum Verdict: String, Codable, Sendable { case neutral, right, wrong }

        /// A sample as people look at it.
        public enum Content: Sendable {
            case image(Image)
            case text(String)
        }

        /// What the sample looks like.
        public let content: Content
        /// Short lines below it.
        public let caption: [String]
        public let verdict: Verdict

        public init(_ image: Image, caption: [String], verdict: Verdict = .neutral) {
            self.init(.image(image), caption: caption, verdict: verdict)
        }

        public init(_ content: Content, caption: [String], verdict: Verdict = .neutral) {
            self.content = content
            self.caption = caption
            self.verdict = verdict
        }
    }

    /// A short name; where a picture of the evaluation has the same, reports show the gallery instead.
    public let name: String
    public let title: String
    public let items: [Item]

    public init(_ name: String, title: String, _ items: [Item]) {
        self.name = name
        self.title = title
        self.items = items
    }
}

/// `evaluation.json`: what the evaluation of the best epoch showed, kept for the report.
struct StoredEvaluation: Codable {
    static let fileName = "evaluation.json"

    struct Metric: Codable {
        let name: String
        /// nil for what is no finite number.
        let value: Double?
    }

    struct StoredPicture: Codable {
        let name: String
        let png: Data
    }

    struct StoredGallery: Codable {
        struct Item: Codable {
            /// One of the two.
            let png: Data?
            let text: String?
            let caption: [String]
            let verdict: Gallery.Item.Verdict
        }

        let name: String
        let title: String
        let items: [Item]
    }

    /// The epoch, from 1.
    let epoch: Int
    let metrics: [Metric]
    let report: String
    let pictures: [StoredPicture]
    let galleries: [StoredGallery]

    /// - Throws: `ImageError` when a picture cannot be encoded.
    init(_ evaluation: some TaskEvaluation, epoch: Int) throws {
        self.epoch = epoch
        metrics = evaluation.values.map {
            Metric(name: $0.name, value: $0.value.isFinite ? $0.value : nil)
        }
        report = evaluation.report
        pictures = try evaluation.pictures.map {
            StoredPicture(name: $0.name, png: try $0.image.pngData())
        }
        galleries = try evaluation.galleries.map { gallery in
            StoredGallery(
                name: gallery.name, title: gallery.title,
                items: try gallery.items.map(StoredGallery.Item.init))
        }
    }
}

extension StoredEvaluation.StoredGallery.Item {
    fileprivate init(_ item: Gallery.Item) throws {
        switch item.content {
        case .image(let image): (png, text) = (try image.pngData(), nil)
        case .text(let text): (png, self.text) = (nil, text)
        }
        caption = item.caption
        verdict = item.verdict
    }
}
