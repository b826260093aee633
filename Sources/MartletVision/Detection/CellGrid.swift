public import Martlet

/// The cells of feature maps, as tensors that a graph works out from the maps it is given: so an exported detector takes images of
/// any size.
public enum CellGrid {
    /// Column and row of every cell of a feature map `(N, C, H, W)`: `(H * W, 2)`, row by row, counted from 0.
    public static func cells(of map: Tensor) -> Tensor { Tensor.apply(CellIndices(), [map])[0] }

    /// Width, height, width and height `(4)` of a feature map or of images `(N, C, H, W)`: what boxes as parts of an image are
    /// multiplied by.
    public static func extent(of map: Tensor) -> Tensor { Tensor.apply(Extent(), [map])[0] }
}

private struct CellIndices: TensorOperation {
    func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        requireMap(inputs[0], "CellGrid.cells")
        let (height, width) = (inputs[0].shape[2], inputs[0].shape[3])
        var numbers: [Float] = []
        numbers.reserveCapacity(2 * height * width)
        for row in 0..<height {
            for column in 0..<width {
                numbers.append(Float(column))
                numbers.append(Float(row))
            }
        }
        return [Tensor(numbers).reshape([height * width, 2])]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [nil] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let (height, width) = (inputs[0].type.shape[2], inputs[0].type.shape[3])
        func counted(_ dimension: Int, _ count: Int, across axis: Int) -> ONNXValue {
            var shape = [count, count]
            shape[axis] = 1
            let numbers = graph.add(
                "Range",
                [
                    graph.constant(Tensor(0)),
                    graph.size(of: inputs[0], dimension: dimension, isScalar: true),
                    graph.constant(Tensor(1)),
                ], outputs: [TensorType(shape: [count], dtype: .int64)])
            let floats = graph.add(
                "Cast", numbers, attributes: ["to": .int(1)],
                outputs: [TensorType(shape: [count], dtype: .float32)])
            return graph.add(
                "Reshape", floats + [graph.constant(axis == 0 ? [1, -1, 1] : [-1, 1, 1])],
                outputs: [TensorType(shape: shape + [1], dtype: .float32)])[0]
        }
        let whole = TensorType(shape: [height, width, 1], dtype: .float32)
        let columns = counted(3, width, across: 0)
        let rows = counted(2, height, across: 1)
        let zero = graph.constant(Tensor([Float(0)]))
        func spread(_ one: ONNXValue, over other: ONNXValue) -> ONNXValue {
            let nothing = graph.add("Mul", [other, zero], outputs: [other.type])
            return graph.add("Add", [one] + nothing, outputs: [whole])[0]
        }
        let both = graph.add(
            "Concat", [spread(columns, over: rows), spread(rows, over: columns)],
            attributes: ["axis": .int(2)],
            outputs: [TensorType(shape: [height, width, 2], dtype: .float32)])
        return graph.add("Reshape", both + [graph.constant([-1, 2])], outputs: outputs)
    }
}

private struct Extent: TensorOperation {
    func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        requireMap(inputs[0], "CellGrid.extent")
        let (height, width) = (Float(inputs[0].shape[2]), Float(inputs[0].shape[3]))
        return [Tensor([width, height, width, height])]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [nil] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let width = graph.size(of: inputs[0], dimension: 3)
        let height = graph.size(of: inputs[0], dimension: 2)
        let sizes = graph.add(
            "Concat", [width, height, width, height], attributes: ["axis": .int(0)],
            outputs: [TensorType(shape: [4], dtype: .int64)])
        return graph.add("Cast", sizes, attributes: ["to": .int(1)], outputs: outputs)
    }
}

private func requireMap(_ map: Tensor, _ operation: String) {
    precondition(
        map.ndim == 4, "\(operation): expected a feature map (N, C, H, W), got shape \(map.shape)")
}
