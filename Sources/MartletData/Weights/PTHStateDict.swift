/// Finds the tensors in what a pickle holds.
struct PTHStateDict {
    /// Under which names checkpoints keep the state dict, in the order they are looked for.
    static let names = ["state_dict", "model_state_dict", "model"]
    /// How deep dictionaries may lie in one another.
    private static let maximumDepth = 32

    let heap: PickleHeap
    let path: String
    let entry: String
    /// What all names together may take, in bytes: a dictionary whose key is long and whose items are many could make much
    /// of little.
    let longestNames: Int
    private(set) var entries: [PTHEntry] = []
    private(set) var notes: [String] = []

    init(heap: PickleHeap, path: String, entry: String, longestNames: Int) {
        self.heap = heap
        self.path = path
        self.entry = entry
        self.longestNames = longestNames
    }

    /// Collects the tensors of the pickle's value.
    mutating func read(_ root: PickleValue) throws(WeightsError) {
        guard case .dictionary(let place) = root else {
            throw failure("\(root.kind) and no dictionary", "a dictionary of names and tensors")
        }
        try flatten(choose(place))
        guard !entries.isEmpty else {
            throw failure("a dictionary without tensors", "a dictionary of names and tensors")
        }
    }

    private mutating func choose(_ root: Int) -> Int {
        let items = heap.dictionaries[root]
        for name in PTHStateDict.names {
            guard let index = items.firstIndex(where: { $0.key == .string(name) }),
                case .dictionary(let place) = items[index].value
            else { continue }
            notes.append("took the dictionary \(quoted(name))")
            leaveAside(items.indices.filter { $0 != index }.map { items[$0].key.text })
            return place
        }
        return root
    }

    private mutating func leaveAside(_ names: [String]) {
        guard !names.isEmpty else { return }
        let more = names.count > 10 ? " and \(names.count - 10) more" : ""
        let shown = names.prefix(10).map(quoted).joined(separator: ", ")
        notes.append("left aside: \(shown)\(more)")
    }

    private mutating func flatten(_ root: Int) throws(WeightsError) {
        var open: [(prefix: String, place: Int, next: Int)] = [("", root, 0)]
        var seen: Set<Int> = [root]
        var names: Set<String> = []
        var length = 0
        var others: [String] = []
        while let (prefix, place, next) = open.popLast() {
            let items = heap.dictionaries[place]
            guard next < items.count else { continue }
            open.append((prefix, place, next + 1))
            let name = prefix + items[next].key.text
            length += name.utf8.count
            guard length <= longestNames else {
                throw failure("names of more than \(longestNames) bytes", "shorter ones")
            }
            guard names.insert(name).inserted else {
                throw failure("a second \(quoted(name))", "every name once")
            }
            switch items[next].value {
            case .tensor(let tensor):
                let view = heap.tensors[tensor]
                entries.append(
                    PTHEntry(
                        name: name, dtype: heap.storages[view.storage].dtype, shape: view.shape,
                        place: tensor))
            case .dictionary(let inner):
                guard seen.insert(inner).inserted, open.count < PTHStateDict.maximumDepth else {
                    throw failure(
                        "a dictionary \(quoted(name)) that is held twice or too deep",
                        "dictionaries in at most \(PTHStateDict.maximumDepth) others")
                }
                open.append((name + ".", inner, 0))
            default: others.append(name)
            }
        }
        leaveAside(others)
    }

    private func failure(_ problem: String, _ expected: String) -> WeightsError {
        WeightsError(path: path, entry: entry, problem: problem, expected: expected)
    }
}
