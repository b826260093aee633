internal import Martlet

/// From ids `(N, T)` and lengths `(N)`: where the words of sentences `(sentences, words)` and the sentences of texts
/// `(N, sentences)` are among the rows of all words and of all sentences, each followed by how many there are. What is filled
/// in is row 0, which counts nothing.
struct SentencePlan: TensorOperation {
    /// The id that ends a sentence, and belongs to it; the end of a text ends one too.
    let end: Int

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (texts, steps) = (inputs[0].shape[0], inputs[0].shape[1])
        let ids = inputs[0].array(as: Int.self)
        var sentences: [[Int]] = []
        var rows: [[Int]] = []
        for (text, length) in inputs[1].array(as: Int.self).enumerated() {
            let first = text * steps
            var (own, start) = ([Int](), first)
            for place in first..<(first + length)
            where ids[place] == end || place + 1 == first + length {
                own.append(sentences.count)
                sentences.append(Array(start...place))
                start = place + 1
            }
            rows.append(own)
        }
        precondition(rows.count == texts, "HierarchicalAttentionNetwork: a length is missing")
        return [padded(sentences), counts(sentences), padded(rows), counts(rows)]
    }

    private func padded(_ rows: [[Int]]) -> Tensor {
        let width = rows.map(\.count).max() ?? 0
        let filled = rows.flatMap { $0 + [Int](repeating: 0, count: width - $0.count) }
        return Tensor(filled, shape: [rows.count, width])
    }

    private func counts(_ rows: [[Int]]) -> Tensor { Tensor(rows.map(\.count)) }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [nil, nil] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let texts = inputs[0].type.shape
        let (count, sentences) = (texts[0] * texts[1], outputs[0].shape[0])
        func flat(_ x: ONNXValue, _ size: Int) -> ONNXValue {
            graph.add("Reshape", [x, graph.constant([-1])], [size])
        }
        func integers(_ x: ONNXValue) -> ONNXValue {
            graph.add("Cast", [x], x.type.shape, .int64, ["to": .int(7)])
        }
        func places(_ flags: ONNXValue, _ size: Int) -> ONNXValue {
            flat(graph.add("NonZero", [flags], [1, size]), size)
        }
        func pick(_ x: ONNXValue, _ places: ONNXValue) -> ONNXValue {
            graph.add("Gather", [x, places], places.type.shape, .int64, ["axis": .int(0)])
        }

        // 1 where a text is, and where it goes on behind.
        let step = numbers(
            to: graph.size(of: inputs[0], dimension: 1, isScalar: true), texts[1], graph)
        let lengths = graph.add("Reshape", [inputs[1], graph.constant([-1, 1])], [texts[0], 1])
        let inside = graph.add("Greater", [lengths, step], texts, .bool)
        let last = graph.add("Sub", [lengths, graph.constant([1])], [texts[0], 1])
        let goesOn = graph.add("Greater", [last, step], texts, .bool)
        // 1 where a sentence ends: at its id, and at the last word.
        let isEnd = graph.add("Equal", [inputs[0], graph.constant([end])], texts, .bool)
        let ends = graph.add("Where", [goesOn, integers(isEnd), integers(inside)], texts)

        // Of the words that count, in order: 1 where one ends a sentence, and where one begins it.
        let words = places(flat(integers(inside), count), count)
        let wordEnds = pick(flat(ends, count), words)
        let shifted = graph.add(
            "Concat", [graph.constant([1]), wordEnds], [count + 1], .int64, ["axis": .int(0)])
        let wordStarts = graph.add(
            "Slice", [shifted, graph.constant([0]), graph.constant([-1])], [count])
        let first = places(wordStarts, sentences)
        let beyond = graph.add(
            "Add", [places(wordEnds, sentences), graph.constant([1])], [sentences])
        let wordCounts = graph.add("Sub", [beyond, first], [sentences])

        let sentenceCounts = graph.add(
            "ReduceSum", [ends, graph.constant([1])], [texts[0]], .int64, ["keepdims": .int(0)])
        let through = graph.add("CumSum", [sentenceCounts, graph.constant(Tensor(0))], [texts[0]])
        let firstSentences = graph.add("Sub", [through, sentenceCounts], [texts[0]])
        return [
            pick(words, runs(from: first, wordCounts, outputs[0].shape, graph)), wordCounts,
            runs(from: firstSentences, sentenceCounts, outputs[2].shape, graph), sentenceCounts,
        ]
    }

    /// In each row so many numbers as is said, from another on, then zeros.
    private func runs(
        from first: ONNXValue, _ counts: ONNXValue, _ shape: [Int], _ graph: ONNXGraph
    ) -> ONNXValue {
        let column = graph.constant([-1, 1])
        let size = graph.add("ReduceMax", [counts], [], .int64, ["keepdims": .int(0)])
        let numbers = numbers(to: size, shape[1], graph)
        func raised(_ x: ONNXValue) -> ONNXValue {
            graph.add("Reshape", [x, column], [shape[0], 1])
        }
        let isFilled = graph.add("Greater", [raised(counts), numbers], shape, .bool)
        let run = graph.add("Add", [raised(first), numbers], shape)
        return graph.add("Where", [isFilled, run, graph.constant([0])], shape)
    }

    /// 0, 1, ... below a size.
    private func numbers(to size: ONNXValue, _ count: Int, _ graph: ONNXGraph) -> ONNXValue {
        graph.add("Range", [graph.constant(Tensor(0)), size, graph.constant(Tensor(1))], [count])
    }
}
