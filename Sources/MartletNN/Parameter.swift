public import Martlet
internal import Synchronization

/// A tensor that training changes: the only shared reference among a model's values.
public final class Parameter {
    public let shape: [Int]
    /// How the first values are drawn. A network that starts from others than its layers' own sets it before they are.
    public var initializer: Initializer
    private var tensor: Tensor?
    /// Gives each parameter its own default sequence of random numbers.
    private let serial: Int

    private static let lastSerial = Atomic<Int>(0)

    public init(_ shape: [Int], _ initializer: Initializer) {
        self.shape = shape
        self.initializer = initializer
        serial = Parameter.lastSerial.add(1, ordering: .relaxed).newValue
    }

    /// A parameter with known values.
    public convenience init(_ value: Tensor) {
        self.init(value.shape, .zeros)
        self.value = value
    }

    /// The current values, a leaf that gradients flow to unless `isFrozen`. Setting them keeps the shape.
    ///
    /// Values are drawn on first use, unless `Module.initialize` or loaded weights came before.
    public var value: Tensor {
        get {
            if let tensor { return tensor }
            precondition(!isUpdating, "Parameter.update: use the closure's tensor, not `value`")
            let drawn = leaf(
                initializer.tensor(shape, Generator(seed: 0).stream("parameter", serial)))
            tensor = drawn
            return drawn
        }
        set {
            precondition(
                newValue.shape == shape,
                "Parameter: expected values of shape \(shape), got \(newValue.shape)")
            tensor = leaf(newValue)
        }
    }

    /// Whether training leaves this parameter alone.
    public var isFrozen = false {
        didSet { if let tensor { self.tensor = leaf(tensor) } }
    }

    /// The accumulated gradient.
    public var grad: Tensor? {
        get { isUpdating ? gradientInUpdate : value.grad }
        set { value.grad = newValue }
    }

    /// Draws the values anew, for an initialisation that differs from the layer's own (PyTorch's `torch.nn.init`).
    public func initialize(_ initializer: Initializer, _ generator: Generator) {
        value = initializer.tensor(shape, generator)
    }

    private var isUpdating = false
    private var gradientInUpdate: Tensor?

    /// Changes the values in place; the closure may read `grad`.
    public func update<R>(_ body: (inout Tensor) throws -> R) rethrows -> R {
        var taken = take()
        defer { put(taken) }
        return try taken.update(body)
    }

    /// Hands the values over, until they are `put` back: meanwhile the parameter has none, so that their memory has one
    /// owner and is changed in place.
    package func take() -> Tensor {
        let taken = value
        gradientInUpdate = taken.grad
        isUpdating = true
        tensor = nil
        return taken
    }

    /// Takes back what `take` handed over: the same leaf with new values.
    package func put(_ values: Tensor) {
        tensor = values
        isUpdating = false
        gradientInUpdate = nil
    }

    private func leaf(_ value: Tensor) -> Tensor {
        isFrozen ? value.detach() : value.requiringGrad()
    }
}

/// A tensor that belongs to a model's state but is not trained, such as running statistics.
public final class Buffer {
    public var value: Tensor

    public init(_ value: Tensor) { self.value = value }
}
