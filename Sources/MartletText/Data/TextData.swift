internal import Martlet
public import MartletData

/// A data set of texts with classes, as it was found: tables, or class folders of text files.
///
/// - A table (`.csv`, `.tsv`, `.tab`, `.jsonl`, `.ndjson`) is trained on. Files named alike beside it are found:
///   `reviews_validation.csv` and `reviews_test.csv` for `reviews_train.csv`.
/// - A folder holds such tables (`train.csv`, `dev.csv`, `test.csv`), or class folders of `.txt` files, directly or in `train`,
///   `val`, `test`.
/// - Where there is nothing to choose a model by, a tenth of each class is held out.
public struct TextData: Sendable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// The classes' names; a label is an index into them. Numbers in their order, else by their code points.
    public let classes: [String]
    /// To train on.
    public let train: LabelledTexts?
    /// To choose a model by.
    public let validation: LabelledTexts?
    /// To judge the chosen model by.
    public let test: LabelledTexts?
    /// Whether the validation part was held out of the training texts, because there was no other.
    public let isHeldOut: Bool
    /// What was found, in words.
    public let description: String

    /// The part of each class that is held out where there is nothing else to choose a model by.
    public static let heldOutShare = 0.1

    /// Finds out what a file or folder holds, and reads it.
    ///
    /// - Parameters:
    ///   - path: a table or a folder.
    ///   - format: how tables are laid out.
    ///   - onBad: what becomes of rows that cannot be read; likewise for texts that are empty.
    ///   - holdsOut: whether to hold out a tenth of the training texts where nothing else is there to validate on.
    /// - Throws: `DataError` that names the file and line.
    public init(
        discovering path: String, format: TableFormat = TableFormat(),
        onBad: CSVTable.BadRows = .fail, holdsOut: Bool = true
    ) throws(DataError) {
        let sources = try TextSources(path)
        let parts = try sources.read(format, onBad: onBad)
        var classes: [String] = []
        var train: LabelledTexts?
        var validation: LabelledTexts?
        var test: LabelledTexts?
        // The first part knows the classes; the others may not have more.
        for (role, part) in parts {
            if classes.isEmpty { classes = ClassNames.sorted(part.map(\.label)) }
            let texts = try part.labelled(classes: classes, role: role)
            switch role {
            case .train: train = texts
            case .validation: validation = texts
            case .test: test = texts
            }
        }
        var heldOut = false
        if holdsOut, validation == nil, test == nil, let all = train, all.count > 1 {
            let (kept, out) = Splits.stratified(
                labels: all.labels, heldOut: TextData.heldOutShare, generator: Generator(seed: 0))
            guard !out.isEmpty else {
                throw DataError(
                    path: path, problem: "no class has two texts",
                    expected: "enough to hold some out to validate on")
            }
            train = all.subset(kept)
            validation = all.subset(out)
            heldOut = true
        }
        self.path = path
        self.classes = classes
        self.train = train
        self.validation = validation
        self.test = test
        isHeldOut = heldOut
        description = TextData.describe(
            sources, classes, [("training", train), ("validation", validation), ("test", test)],
            encodings: parts.map(\.part.encoding), isHeldOut: heldOut)
    }

    private static func describe(
        _ sources: TextSources, _ classes: [String], _ parts: [(String, LabelledTexts?)],
        encodings: [TextEncoding], isHeldOut: Bool
    ) -> String {
        let counts = parts.compactMap { name, part in part.map { "\($0.count) \(name)" } }
        let list =
            counts.count > 1
            ? counts.dropLast().joined(separator: ", ") + " and " + counts[counts.count - 1]
            : counts.first ?? "no"
        let shown = classes.prefix(8).joined(separator: ", ") + (classes.count > 8 ? ", ..." : "")
        var text =
            "\(sources.summary): \(classes.count) classes (\(shown)), \(list) texts"
        if isHeldOut {
            text += "; nothing to validate on was found beside them, so a tenth is held out"
        }
        if let other = encodings.first(where: { $0 != .utf8 }) { text += "; read as \(other.name)" }
        let bad = parts.reduce(0) { $0 + ($1.1?.problems.count ?? 0) }
        if bad > 0 { text += "; \(bad) rows that cannot be read are left out" }
        return text
    }

    /// Stands for the classes and the texts with their labels, whatever the files are called.
    public var fingerprint: ContentHash {
        var hash = SHA256()
        for name in classes { hash.update(line: name) }
        for (name, part) in [("train", train), ("validation", validation), ("test", test)] {
            guard let part else { continue }
            hash.update(line: "\(name) \(part.count)")
            for item in part.items { hash.update(line: "\(item.label) \(item.text)") }
        }
        return hash.digest()
    }
}

/// The order of class names.
enum ClassNames {
    /// Each name once: whole numbers by their values, else by code points.
    static func sorted(_ labels: [String]) -> [String] {
        let names = Set(labels)
        let numbers = names.compactMap { name in Int(name).map { (name, $0) } }
        if numbers.count == names.count {
            return numbers.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
        }
        return names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }
}
