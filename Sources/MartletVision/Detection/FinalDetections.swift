public import Martlet
public import MartletNN

extension SingleShotDetector {
    /// The candidates of the batch, overlaps within a class suppressed.
    public func detections(
        _ images: Tensor, _ selection: DetectionSelection, _ context: Context
    ) -> [Tensor] {
        let (boxes, scores) = candidates(images, context)
        return Tensor.apply(FinalDetections(selection: selection), [boxes, scores])
    }
}

/// Suppresses overlaps among candidates of a batch; ONNX's `NonMaxSuppression` with what picks the boxes it names.
private struct FinalDetections: TensorOperation {
    let selection: DetectionSelection

    func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (boxes, scores) = (inputs[0], inputs[1])
        var images: [Int] = []
        var places: [Int] = []
        var labels: [Int] = []
        var values: [Float] = []
        for image in 0..<boxes.shape[0] {
            for found in selection.places(boxes: boxes[image], scores: scores[image]) {
                images.append(image)
                places.append(image * boxes.shape[1] + found.row)
                labels.append(found.label)
                values.append(found.score)
            }
        }
        let rows = boxes.flatten(from: 0, to: 1)
        return [
            Tensor(images),
            places.isEmpty
                ? Tensor.zeros([0, 4]) : rows.indexSelect(dim: 0, Tensor(places)),
            Tensor(labels), Tensor(values),
        ]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [nil, nil] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let (boxes, scores) = (inputs[0], inputs[1])
        let (images, places, classes) = (
            boxes.type.shape[0], boxes.type.shape[1], scores.type.shape[2]
        )
        let count = outputs[0].shape[0]
        let byClass = graph.add(
            "Transpose", [scores], [images, classes, places], .float32,
            ["perm": .ints([0, 2, 1])])
        let kept = graph.add(
            "NonMaxSuppression",
            [
                boxes, byClass, graph.constant([selection.limit]),
                graph.constant(Tensor([Float(selection.overlap)])),
                graph.constant(Tensor([Float(selection.score)])),
            ], [count, 3])
        func column(_ index: Int) -> ONNXValue {
            graph.add(
                "Gather", [kept, graph.constant(Tensor(index))], [count], .int64, ["axis": .int(1)])
        }
        let (image, label, place) = (column(0), column(1), column(2))
        let each = graph.size(of: boxes, dimension: 1)
        func row(_ group: ONNXValue) -> ONNXValue {
            graph.add("Add", [graph.add("Mul", [group, each], [count]), place], [count])
        }
        let flat = graph.add(
            "Reshape", [boxes, graph.constant([-1, 4])], [images * places, 4], .float32)
        let all = graph.add(
            "Reshape", [byClass, graph.constant([-1])], [images * classes * places], .float32)
        let group = graph.add(
            "Add", [graph.add("Mul", [image, graph.constant([classes])], [count]), label], [count])
        return [
            image,
            graph.add("Gather", [flat, row(image)], [count, 4], .float32, ["axis": .int(0)]),
            label,
            graph.add("Gather", [all, row(group)], [count], .float32, ["axis": .int(0)]),
        ]
    }
}
