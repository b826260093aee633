public import Martlet

extension Module {
    /// Weights of a network that is a part of this one, or that this one is a part of, under this one's names: those of a
    /// classifier for a detector that stands on it (`conv1.weight` for `backbone.body.conv1.weight`), the other way round, and
    /// those of PyTorch's `DataParallel` (`module.conv1.weight`).
    ///
    /// - Parameter tensors: by name.
    /// - Returns: the tensors under the names with which most of them fit in name and shape, and what was put before their names
    ///   or taken away from them; the names as they are unless others fit better, and most of the smaller network.
    public func placing(state tensors: [String: Tensor]) -> (
        tensors: [String: Tensor], added: String, removed: String
    ) {
        let own = Dictionary(
            stateDict().map { ($0.name, $0.tensor.shape) }, uniquingKeysWith: { one, _ in one })
        let asTheyAre = tensors.count { own[$0] == $1.shape }
        let added = commonStart(of: own.map { ($0, $1) }) { tensors[$0]?.shape == $1 }
        let removed = commonStart(of: tensors.map { ($0, $1.shape) }) { own[$0] == $1 }
        let (before, cut) = added.count >= removed.count ? (added.start, "") : ("", removed.start)
        let count = max(added.count, removed.count)
        guard count > asTheyAre, 2 * count > min(own.count, tensors.count) else {
            return (tensors, "", "")
        }
        var placed: [String: Tensor] = [:]
        for (name, tensor) in tensors where name.hasPrefix(cut) {
            placed[before + name.dropFirst(cut.count)] = tensor
        }
        for (name, tensor) in tensors where !name.hasPrefix(cut) && placed[name] == nil {
            placed[name] = tensor
        }
        return (placed, before, cut)
    }
}

/// What most names start with that are others' names after it, up to a dot, and how many they are; of equal ones the first.
private func commonStart(
    of names: [(name: String, shape: [Int])], fits: (_ rest: String, _ shape: [Int]) -> Bool
) -> (start: String, count: Int) {
    // Names of hostile files may be all dots.
    let deepest = 8
    var votes: [String: Int] = [:]
    for (name, shape) in names {
        for dot in name.indices.lazy.filter({ name[$0] == "." }).prefix(deepest)
        where fits(String(name[name.index(after: dot)...]), shape) {
            votes[String(name[...dot]), default: 0] += 1
        }
    }
    return votes.map { ($0, $1) }.max { ($0.1, $1.0) < ($1.1, $0.0) } ?? ("", 0)
}
