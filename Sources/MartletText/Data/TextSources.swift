internal import Martlet
internal import MartletData

/// Where the parts of a data set of texts lie.
struct TextSources {
    enum Role: CaseIterable { case train, validation, test }

    /// A text as it was read, with its class by name.
    struct Row {
        let text: String
        let label: String
        let source: String
        /// For messages.
        let path: String
        let place: String?
    }

    /// The rows of a part.
    struct Part {
        let rows: [Row]
        let problems: [DataError]
        /// What the bytes of a table were in.
        var encoding = TextEncoding.utf8

        func map<T>(_ transform: (Row) -> T) -> [T] { rows.map(transform) }

        /// The texts with the indices of their classes.
        ///
        /// - Throws: `DataError` at a class that is not among them.
        func labelled(classes: [String], role: Role) throws(DataError) -> LabelledTexts {
            let indices = Dictionary(
                uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
            var items: [LabelledTexts.Item] = []
            items.reserveCapacity(rows.count)
            for row in rows {
                guard let label = indices[row.label] else {
                    let nearest = EditDistance.nearest(to: row.label, among: classes)
                    throw DataError(
                        path: row.path, place: row.place,
                        problem: "the class \"\(row.label)\" is not among those trained on",
                        expected: nearest.map { "did you mean \"\($0)\"?" }
                            ?? "one of \(classes.joined(separator: ", "))")
                }
                items.append(.init(text: row.text, label: label, source: row.source))
            }
            return LabelledTexts(items, problems: problems)
        }
    }

    private enum Form { case table, folder }

    private let path: String
    private let parts: [(role: Role, path: String, form: Form)]

    /// What was found, in words, before it was read.
    var summary: String {
        let shown = parts.map { FilePath.name(of: $0.path) }
        guard parts.count > 1 || parts[0].path != path else {
            return parts[0].form == .table ? path : "class folders in \(path)"
        }
        let folder = Folder.isFolder(path) ? path : FilePath.folder(of: path)
        if !Folder.isFolder(path) {
            return "\(path), with \(shown.dropFirst().joined(separator: " and ")) beside it"
        }
        return "\(shown.joined(separator: ", ")) in \(folder)"
    }

    init(_ path: String) throws(DataError) {
        self.path = path
        if Folder.isFolder(path) {
            parts = try TextSources.parts(inFolder: path)
            return
        }
        guard TextFile.isTable(path) else {
            // Opening it says whether it is missing or forbidden.
            _ = try asData { () throws(DiskError) in try InputFile(path) }
            throw DataError(
                path: path, problem: "by its name it is no table",
                expected: "a file that ends with one of "
                    + TextFile.tableExtensions.sorted().joined(separator: ", ")
                    + ", or a folder")
        }
        var found = [(role: Role.train, path: path, form: Form.table)]
        // What the training file is called decides what the others are called.
        let name = FilePath.name(of: path)
        if TextSources.role(of: name) == .train {
            let folder = FilePath.folder(of: path)
            let names = try Folder.dataEntries(folder).filter { $0.kind == .file }.map(\.name)
            for role in [Role.validation, .test] {
                let wanted = role.words.flatMap { word in
                    Role.train.words.map { TextSources.replacing($0, in: name, by: word) }
                }.filter { $0 != name }
                let present = names.filter { wanted.contains($0) }
                guard present.count <= 1 else {
                    throw DataError(
                        path: folder,
                        problem: "\(present.joined(separator: " and ")) side by side",
                        expected: "one of them")
                }
                if let other = present.first {
                    found.append((role, FilePath.join(folder, other), .table))
                }
            }
        }
        parts = found
    }

    private static func parts(
        inFolder path: String
    ) throws(DataError) -> [(role: Role, path: String, form: Form)] {
        let entries = try Folder.dataEntries(path).filter { !$0.isHidden }
        let tables = entries.filter { $0.kind == .file && TextFile.isTable($0.name) }.map(\.name)
        if tables.count == 1, role(of: tables[0]) == nil {
            return [(.train, FilePath.join(path, tables[0]), .table)]
        }
        var found: [(role: Role, path: String, form: Form)] = []
        for role in Role.allCases {
            let names = tables.filter { self.role(of: $0) == role }
            guard names.count <= 1 else {
                throw DataError(
                    path: path, problem: "\(names.joined(separator: " and ")) side by side",
                    expected: "one of them; name the file to train on: data=\(path)/\(names[0])")
            }
            if let name = names.first { found.append((role, FilePath.join(path, name), .table)) }
        }
        if !found.isEmpty { return found }
        guard tables.isEmpty else {
            throw DataError(
                path: path, problem: "which of \(tables.joined(separator: ", ")) is to train on?",
                expected:
                    "names with train, validation or test in them, or data=\(path)/\(tables[0])"
            )
        }
        let folders = entries.filter { $0.kind == .folder }.map(\.name)
        guard !folders.isEmpty else {
            throw DataError(
                path: path, problem: entries.isEmpty ? "the folder is empty" : "no texts",
                expected: "tables (train.csv, validation.csv, ...; also .tsv and .jsonl) or class "
                    + "folders of .txt files (CLASS/, or train/CLASS/ and test/CLASS/)")
        }
        return try DataLayout.parts(folders, of: path).map { name, folder in
            let role: Role =
                name == "test"
                ? .test : DataLayout.validationNames.contains(name) ? .validation : .train
            return (role, folder, .folder)
        }
    }

    /// What part a file is by its name; nil where that does not say.
    private static func role(of name: String) -> Role? {
        let words = FilePath.stem(of: name).lowercased().split { !$0.isLetter }.map(String.init)
        return Role.allCases.first { role in words.contains { role.words.contains($0) } }
    }

    /// A name with a word in it, between what are no letters, in place of another.
    private static func replacing(_ word: String, in name: String, by other: String) -> String {
        var result = ""
        var current = ""
        for character in name + "\0" {
            if character.isLetter {
                current.append(character)
                continue
            }
            result += current.lowercased() == word ? other : current
            current = ""
            result.append(character)
        }
        return String(result.dropLast())
    }

    /// Reads the parts, training first.
    func read(
        _ format: TableFormat, onBad: CSVTable.BadRows
    ) throws(DataError) -> [(role: Role, part: Part)] {
        var result: [(role: Role, part: Part)] = []
        for (role, path, kind) in parts {
            let part =
                switch kind {
                case .table: try TextSources.table(path, format, onBad)
                case .folder: try TextSources.folder(path, format, onBad)
                }
            result.append((role, part))
        }
        return result
    }

    private static func table(
        _ path: String, _ format: TableFormat, _ onBad: CSVTable.BadRows
    ) throws(DataError) -> Part {
        let (table, encoding) = try TextFile.table(path, format, onBad: onBad)
        let (text, label) = (try format.textIndex(in: table), try format.labelIndex(in: table))
        var rows: [Row] = []
        var problems = table.problems
        for row in table.rows {
            let place = "line \(row.line)"
            let name = TextLines.trimmed(row.fields[label])
            let content = row.fields[text]
            let problem =
                name.isEmpty
                ? "the row has no class"
                : content.allSatisfy(\.isWhitespace)
                    ? "the row has no text" : TextFile.problem(content)
            if let problem {
                let error = DataError(
                    path: path, place: place, problem: problem,
                    expected: "a text and its class, or samples.onBad=skip")
                if case .fail = onBad { throw error }
                problems.append(error)
                continue
            }
            rows.append(
                Row(
                    text: content, label: name,
                    source: "\(FilePath.name(of: path)) line \(row.line)", path: path, place: place)
            )
        }
        return try Part(rows: rows, problems: problems, encoding: encoding).checked(onBad, path)
    }

    private static func folder(
        _ path: String, _ format: TableFormat, _ onBad: CSVTable.BadRows
    ) throws(DataError) -> Part {
        let survey = FolderSurvey(path, extensions: ["txt"])
        if let error = survey.errors.first { throw error }
        var rows: [Row] = []
        var problems: [DataError] = []
        for item in survey.items {
            do throws(DataError) {
                let text = try TextFile.text(item.path, encoding: format.encoding)
                guard !text.allSatisfy(\.isWhitespace) else {
                    throw DataError(path: item.path, problem: "the file has no text")
                }
                let label = survey.classes[item.label]
                rows.append(
                    Row(
                        text: text, label: label,
                        source: "\(label)/\(FilePath.name(of: item.path))",
                        path: item.path, place: nil))
            } catch {
                if case .fail = onBad { throw error }
                problems.append(error)
            }
        }
        return try Part(rows: rows, problems: problems).checked(onBad, path)
    }
}

extension TextSources.Role {
    /// What files of the part are called.
    fileprivate var words: [String] {
        switch self {
        case .train: ["train", "training"]
        case .validation: ["validation", "valid", "val", "dev", "eval"]
        case .test: ["test", "testing"]
        }
    }
}

extension TextSources.Part {
    /// The part itself, where it has texts and not too many were left out.
    fileprivate func checked(
        _ onBad: CSVTable.BadRows, _ path: String
    ) throws(DataError) -> TextSources.Part {
        let total = rows.count + problems.count
        if rows.isEmpty {
            throw problems.first ?? DataError(path: path, problem: "there are no texts")
        }
        if case .skip(let most) = onBad, Double(problems.count) > most * Double(total) {
            throw DataError(
                path: path, place: problems[0].place,
                problem:
                    "\(problems.count) of \(total) texts cannot be read, the first because of: "
                    + problems[0].problem,
                expected: "at most \(most * 100) % of them (samples.maxBad)")
        }
        return self
    }
}
