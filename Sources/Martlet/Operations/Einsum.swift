extension Tensor {
    /// Products of tensors summed over the letters that the result does not have (Einstein's convention): `"ij,jk->ik"` is
    /// a matrix product, `"bhqd,bhkd->bhqk"` attention scores. `...` stands for the dimensions that are not named, a
    /// letter twice in one operand for a diagonal; without `->` the result has the letters that occur once, in order.
    public static func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
        einsum(equation, operands)
    }

    /// As with the operands one by one.
    public static func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
        let plan = EinsumPlan(equation, operands)
        var terms = zip(operands, plan.inputs).map { EinsumTerm($0, labels: $1) }
        var result = terms.removeFirst()
        for (i, term) in terms.enumerated() {
            let later = Set(terms[(i + 1)...].flatMap(\.labels) + plan.output)
            result = result.times(term, keeping: later)
        }
        return result.arranged(as: plan.output)
    }
}

/// The letters of an equation's operands and result; dimensions under an ellipsis have negative numbers, counted from
/// the last.
private struct EinsumPlan {
    let inputs: [[Int]]
    let output: [Int]

    init(_ equation: String, _ operands: [Tensor]) {
        let text = equation.filter { $0 != " " }
        let sides = text.components(separatedBy: "->")
        let names = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(
            String.init)
        precondition(
            sides.count <= 2 && names.count == operands.count && !operands.isEmpty,
            "einsum: \"\(equation)\" does not describe \(operands.count) operands")
        func labels(_ part: String, rest: Int) -> [Int] {
            let pieces = part.components(separatedBy: "...")
            precondition(
                pieces.count <= 2
                    && pieces.joined().unicodeScalars.allSatisfy {
                        $0.properties.isAlphabetic && $0.isASCII
                    }, "einsum: \"\(part)\" in \"\(equation)\" is not made of letters and one ...")
            func numbers(_ piece: String) -> [Int] { piece.unicodeScalars.map { Int($0.value) } }
            guard pieces.count == 2 else { return numbers(part) }
            return numbers(pieces[0]) + (0..<max(0, rest)).map { $0 - rest } + numbers(pieces[1])
        }
        var widest = 0
        inputs = zip(names, operands).map { name, operand in
            let named = name.components(separatedBy: "...").joined().count
            let open = name.contains("...")
            let rest = operand.ndim - named
            precondition(
                open ? rest >= 0 : rest == 0,
                "einsum: \"\(name)\" in \"\(equation)\" does not fit shape \(operand.shape)")
            if open { widest = max(widest, rest) }
            return labels(name, rest: rest)
        }
        if sides.count == 2 {
            output = labels(sides[1], rest: sides[1].contains("...") ? widest : 0)
        } else {
            let letters = inputs.flatMap { $0 }.filter { $0 >= 0 }
            output =
                (0..<widest).map { $0 - widest }
                + Set(letters).filter { letter in letters.count { $0 == letter } == 1 }.sorted()
        }
        let known = Set(inputs.flatMap { $0 })
        precondition(
            output.allSatisfy(known.contains) && Set(output).count == output.count,
            "einsum: the result of \"\(equation)\" names a letter twice or one that no operand has")
        var sizes: [Int: Int] = [:]
        for (operand, labels) in zip(operands, inputs) {
            for (i, label) in labels.enumerated() {
                let first = labels.firstIndex(of: label) ?? i
                precondition(
                    operand.shape[i] == operand.shape[first],
                    "einsum: a letter that \"\(equation)\" repeats stands for sizes "
                        + "\(operand.shape[first]) and \(operand.shape[i]) of \(operand.shape)")
            }
            for (label, size) in zip(labels, operand.shape) where size != 1 {
                let before = sizes.updateValue(size, forKey: label)
                precondition(
                    before == nil || before == size,
                    "einsum: a letter of \"\(equation)\" stands for sizes \(before ?? 0) and \(size) in "
                        + "shapes \(operands.map(\.shape))")
            }
        }
    }
}

/// A tensor whose dimensions have labels, each once.
private struct EinsumTerm {
    var tensor: Tensor
    var labels: [Int]

    init(_ tensor: Tensor, labels: [Int]) {
        self.tensor = tensor
        self.labels = labels
        // A label twice: the diagonal.
        while let second = self.labels.indices.first(where: {
            self.labels[..<$0].contains(self.labels[$0])
        }), let first = self.labels.firstIndex(of: self.labels[second]) {
            self.tensor = self.tensor.diagonal(dim1: first, dim2: second)
            let label = self.labels.remove(at: second)
            self.labels.remove(at: first)
            self.labels.append(label)
        }
    }

    /// Only these labels, in this order, the others summed over.
    func arranged(as wanted: [Int]) -> Tensor {
        let summed = summed(keeping: Set(wanted))
        return summed.tensor.permute(
            wanted.map { label in summed.labels.firstIndex(of: label) ?? 0 })
    }

    func summed(keeping kept: Set<Int>) -> EinsumTerm {
        let gone = labels.indices.filter { !kept.contains(labels[$0]) }
        if gone.isEmpty { return self }
        return EinsumTerm(tensor.sum(dims: gone), labels: labels.filter(kept.contains))
    }

    private func size(_ label: Int) -> Int {
        labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1
    }

    /// The product, summed over the labels that are not kept: one batched matrix product.
    func times(_ other: EinsumTerm, keeping kept: Set<Int>) -> EinsumTerm {
        // What only one of them has, and nobody wants, goes first.
        let a = summed(keeping: kept.union(other.labels))
        let b = other.summed(keeping: kept.union(a.labels))
        let shared = a.labels.filter(b.labels.contains)
        let batch = shared.filter(kept.contains)
        // A size of 1 that stretches cannot be part of a product.
        let inner = shared.filter { !kept.contains($0) }
        let left = a.labels.filter { !shared.contains($0) }
        let right = b.labels.filter { !shared.contains($0) }
        func sizes(_ labels: [Int]) -> [Int] {
            labels.map { a.size($0) == 1 ? b.size($0) : a.size($0) }
        }
        func count(_ labels: [Int]) -> Int { sizes(labels).reduce(1, *) }
        func matrices(_ term: EinsumTerm, _ rows: [Int], _ columns: [Int]) -> Tensor {
            let order = batch + rows + columns
            return term.tensor.permute(order.map { term.labels.firstIndex(of: $0) ?? 0 })
                .expand(sizes(order)).reshape([count(batch), count(rows), count(columns)])
        }
        let (x, y) = (matrices(a, left, inner), matrices(b, inner, right))
        let product =
            x.dtype.isFloatingPoint || y.dtype.isFloatingPoint
            ? x.matmul(y) : (x.unsqueeze(-1) * y.unsqueeze(1)).sum(dims: [2])
        return EinsumTerm(
            product.reshape(sizes(batch + left + right)), labels: batch + left + right)
    }
}

extension StringProtocol {
    /// The parts between occurrences of a separator.
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let place = rest.firstRange(of: separator) {
            parts.append(String(rest[..<place.lowerBound]))
            rest = rest[place.upperBound...]
        }
        return parts + [String(rest)]
    }
}
