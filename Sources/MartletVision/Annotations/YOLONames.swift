internal import MartletData
internal import Yams

/// What a YOLO data set's `data.yaml` says: the names of the classes, and where the parts lie.
struct YOLONames {
    let path: String
    /// A label is an index into them.
    private(set) var names: [String] = []
    /// The folders of a part's images, as the file has them.
    private(set) var folders: [AnnotationSurvey.Part: [String]] = [:]
    /// What the folders are relative to, as the file has it.
    private(set) var root = ""

    /// Reads `classes.txt`: a name in each line.
    init(list path: String) throws(DataError) {
        self.path = path
        names = try TextLines.numbered(path, longest: 1 << 20).map(\.text)
        try check(line: nil)
    }

    /// Reads `data.yaml`.
    ///
    /// - Throws: `DataError` with the line for what is no YAML, or has no `names`.
    init(yaml path: String) throws(DataError) {
        self.path = path
        let bytes = try InputFile.contents(path, longest: 1 << 16)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DataError(path: path, problem: "it is not UTF-8", expected: "text in UTF-8")
        }
        // A few aliases, written out, can be gigabytes; names need none.
        if YAMLAliases.places(in: bytes).count > 4 {
            throw DataError(path: path, problem: "it has aliases (*name)", expected: "none")
        }
        let document: Node?
        do {
            document = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let fault = error.fault
            throw DataError(
                path: path, place: fault.line.map { "line \($0)" }, problem: fault.problem,
                expected: "YAML")
        } catch {
            throw DataError(path: path, problem: "\(error)", expected: "YAML")
        }
        guard let entries = document?.mapping else {
            throw DataError(path: path, problem: "no mapping", expected: "names: ...")
        }
        guard let list = entries["names"] else {
            throw DataError(path: path, problem: "there are no names", expected: "names: ...")
        }
        names = try names(in: list)
        try check(line: list.mark?.line)
        root = entries["path"]?.string ?? ""
        for (key, part) in [
            ("train", AnnotationSurvey.Part.train), ("val", .validation), ("test", .test),
        ] {
            guard let node = entries[Node(key)] else { continue }
            let words = node.sequence.map { $0.compactMap(\.string) } ?? [node.string ?? ""]
            folders[part] = words.filter { !$0.isEmpty }
        }
    }

    /// A list of names, or one that says each name's number.
    private func names(in node: Node) throws(DataError) -> [String] {
        func fault(_ node: Node, _ problem: String, _ expected: String) -> DataError {
            DataError(
                path: path, place: node.mark.map { "line \($0.line)" }, problem: problem,
                expected: expected)
        }
        if let sequence = node.sequence {
            var names: [String] = []
            for item in sequence {
                guard let name = item.scalar?.string else {
                    throw fault(item, "a name that is no text", "a name")
                }
                names.append(name)
            }
            return names
        }
        guard let mapping = node.mapping else {
            throw fault(node, "names is neither a list nor a mapping", "names with their numbers")
        }
        var numbered: [Int: String] = [:]
        for (key, value) in mapping {
            guard let number = key.scalar.flatMap({ Int($0.string) }), number >= 0,
                number < mapping.count, let name = value.scalar?.string
            else {
                throw fault(
                    key, "\(quoted(key.scalar?.string ?? "")) is no number of a name",
                    "the numbers from 0 to \(mapping.count - 1), each with a name")
            }
            numbered[number] = name
        }
        guard numbered.count == mapping.count else {
            throw fault(node, "a number is there twice", "every number once")
        }
        return numbered.sorted { $0.key < $1.key }.map(\.value)
    }

    private func check(line: Int?) throws(DataError) {
        var known: Set<String> = []
        for name in names where name.isEmpty || !known.insert(name).inserted {
            throw DataError(
                path: path, place: line.map { "line \($0)" },
                problem: name.isEmpty ? "an empty name" : "the name \(quoted(name)) twice",
                expected: "names that differ")
        }
        if names.isEmpty {
            throw DataError(path: path, problem: "there are no names", expected: "at least one")
        }
    }
}

extension YamlError {
    /// What is wrong, and in which line.
    fileprivate var fault: (line: Int?, problem: String) {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, problem)
        case .reader(let problem, _, _, _): (nil, problem)
        case .duplicatedKeysInMapping(let names, let context):
            (context.mark.line, "keys that are there twice: \(names.joined(separator: ", "))")
        default: (nil, "\(self)")
        }
    }
}
