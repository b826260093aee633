/// The inputs of a computation that is to be written down as an ONNX graph: what they are called, which of their sizes are
/// open, and examples of them, to trace the computation with and to check what was written.
public struct GraphInputs {
    /// An input of the graph.
    public struct Port: Sendable, Equatable {
        /// The name by which its value is given.
        public let name: String
        /// For each dimension what its size is called where it may be any, the same size wherever the name stands; nil for
        /// the example's own. The first is the batch.
        public let sizes: [String?]

        /// - Parameters:
        ///   - name: by which its value is given.
        ///   - sizes: for each dimension what its size is called where it may be any; the first is the batch.
        public init(_ name: String, sizes: [String?]) {
            self.name = name
            self.sizes = sizes
        }
    }

    /// In the order in which the computation takes them.
    public let ports: [Port]
    /// How many kinds of examples there are: 1, or 2 that differ in every open size.
    public let kinds: Int
    private let make: (_ batch: Int, _ kind: Int, inout Generator) -> [Tensor]

    /// - Parameters:
    ///   - ports: the inputs in order.
    ///   - kinds: 1 where only the batch is open, else 2.
    ///   - make: examples of all inputs for a batch, of a kind in 0 ..< `kinds`.
    public init(
        _ ports: [Port], kinds: Int,
        _ make: @escaping (_ batch: Int, _ kind: Int, inout Generator) -> [Tensor]
    ) {
        precondition(
            !ports.isEmpty && (1...2).contains(kinds),
            "GraphInputs: expected inputs of 1 or 2 kinds, got \(ports.count) of \(kinds)")
        self.ports = ports
        self.kinds = kinds
        self.make = make
    }

    /// One input of normally distributed numbers.
    ///
    /// - Parameters:
    ///   - name: by which its value is given.
    ///   - shape: `(N, ...)`; the batch is left open.
    ///   - otherShape: an input's shape too: sizes that differ are left open as well. nil where inputs have one size.
    public init(_ name: String, shape: [Int], otherShape: [Int]? = nil) {
        let shapes = [shape] + (otherShape.map { [$0] } ?? [])
        precondition(
            !shape.isEmpty && shapes.joined().allSatisfy { $0 > 0 }
                && shapes.allSatisfy { $0.count == shape.count },
            "GraphInputs: expected positive sizes (N, ...), got \(shapes)")
        let sizes = shape.indices.map { index in
            index == 0
                ? "batch"
                : shapes.last?[index] != shape[index]
                    ? GraphInputs.sizeName(index, of: shape.count) : nil
        }
        self.init([Port(name, sizes: sizes)], kinds: shapes.count) { batch, kind, generator in
            [Tensor.randn([batch] + shapes[kind].dropFirst(), generator: &generator)]
        }
    }

    /// Random examples of all inputs, the same for the same arguments.
    ///
    /// - Parameters:
    ///   - batch: how many rows they have.
    ///   - kind: which sizes, in 0 ..< `kinds`.
    ///   - attempt: for other examples of the same sizes.
    public func example(batch: Int, kind: Int, attempt: Int = 1) -> [Tensor] {
        var generator = Generator(seed: 17).stream("onnx", batch, attempt)
        return make(batch, kind, &generator)
    }

    /// What a dimension's size is called: images are `(N, C, H, W)`.
    package static func sizeName(_ dim: Int, of ndim: Int) -> String {
        ndim == 4 ? ["batch", "channels", "height", "width"][dim] : "\(dim)"
    }
}
