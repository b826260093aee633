public import Martlet
public import MartletNN

/// The average of a model's weights over training, which often is better than the last weights;
/// PyTorch's `AveragedModel`.
///
/// ```swift
/// let average = AveragedModel(model, .exponential(decay: 0.999))
/// for batch in batches {
///     train(model, batch)
///     average.update()
/// }
/// let accuracy = average.withAverages { evaluate(model) }
/// ```
public final class AveragedModel {
    /// How weights are averaged.
    public enum Method: Sendable {
        /// By a moving average, of which `decay` is kept at each update (Polyak and Juditsky,
        /// "Acceleration of stochastic approximation by averaging", 1992); with `warmUp` no more than
        /// (1 + n) / (10 + n) after n updates, so that the first weights do not stay for long.
        case exponential(decay: Double, warmUp: Bool = false)
        /// All alike (Izmailov et al., "Averaging weights leads to wider optima and better
        /// generalization", 2018); update at the end of each cycle or epoch.
        case equal
    }

    /// The updates so far. The first one takes the weights as they are.
    public private(set) var count = 0

    private let method: Method
    private let averagesBuffers: Bool
    private let parameters: [(name: String, parameter: Parameter)]
    private let buffers: [(name: String, buffer: Buffer)]
    private var parameterAverages: [Tensor]
    private var bufferAverages: [Tensor]

    /// - Parameter averagingBuffers: whether buffers are averaged too, integers rounded towards zero;
    ///   otherwise they are the model's at the last update, and `updateBatchNorm` may estimate running
    ///   statistics anew.
    public init(_ module: any Module, _ method: Method, averagingBuffers: Bool = false) {
        if case .exponential(let decay, _) = method {
            precondition(
                decay >= 0 && decay <= 1,
                "AveragedModel: expected a decay in 0 ... 1, got \(decay)")
        }
        self.method = method
        averagesBuffers = averagingBuffers
        parameters = module.namedParameters()
        buffers = module.namedBuffers()
        parameterAverages = parameters.map { $0.parameter.value.detach() }
        bufferAverages = buffers.map(\.buffer.value)
    }

    /// Takes the model's present weights into the average.
    public func update() {
        let values = parameters.map { $0.parameter.value.detach() }
        let others = buffers.map(\.buffer.value)
        if count == 0 {
            (parameterAverages, bufferAverages) = (values, others)
        } else {
            AveragedModel.move(&parameterAverages, to: values, by: weight)
            if averagesBuffers {
                AveragedModel.move(&bufferAverages, to: others, by: weight)
            } else {
                bufferAverages = others
            }
        }
        count += 1
    }

    /// How far the average moves at the next update.
    private var weight: Double {
        switch method {
        case .equal: return 1 / Double(count + 1)
        case .exponential(let decay, let warmUp):
            return 1 - (warmUp ? min(decay, Double(1 + count) / Double(10 + count)) : decay)
        }
    }

    private static func move(_ averages: inout [Tensor], to values: [Tensor], by weight: Double) {
        let places = averages.indices.filter {
            [.float32, .float64].contains(averages[$0].dtype)
        }
        var updates = places.map { FusedUpdate(parameter: averages[$0], gradient: values[$0]) }
        for (i, value) in values.enumerated() where !places.contains(i) {
            let old = averages[i].to(.float32)
            averages[i] = (old + (value.to(.float32) - old) * weight).to(value.dtype)
        }
        // The updates alone own the memory they change.
        for i in places { averages[i] = values[i] }
        FusedUpdate.lerp(&updates, weight: weight)
        for (i, update) in zip(places, updates) { averages[i] = update.parameter }
    }

    /// Runs the closure while the model has the averaged weights and buffers. What the closure changes
    /// of them stays with the average; the model gets its own back, gradients too.
    public func withAverages<R>(_ body: () throws -> R) rethrows -> R {
        let own = parameters.map { $0.parameter.take() }
        let ownBuffers = buffers.map(\.buffer.value)
        for ((_, parameter), average) in zip(parameters, parameterAverages) {
            parameter.put(parameter.isFrozen ? average : average.requiringGrad())
        }
        for ((_, buffer), average) in zip(buffers, bufferAverages) { buffer.value = average }
        defer {
            parameterAverages = parameters.map { $0.parameter.take().detach() }
            bufferAverages = buffers.map(\.buffer.value)
            for ((_, parameter), value) in zip(parameters, own) { parameter.put(value) }
            for ((_, buffer), value) in zip(buffers, ownBuffers) { buffer.value = value }
        }
        return try body()
    }

    /// The averages under "module." and their names, and "n_averaged", for checkpoints; PyTorch's
    /// `state_dict`.
    public func state() -> [String: Tensor] {
        var result = ["n_averaged": Tensor(count)]
        for (i, (name, _)) in parameters.enumerated() {
            result["module.\(name)"] = parameterAverages[i]
        }
        for (i, (name, _)) in buffers.enumerated() { result["module.\(name)"] = bufferAverages[i] }
        return result
    }

    /// Takes up a remembered state in place of the present one.
    ///
    /// - Throws: `OptimizerStateError`, and changes nothing, when the state does not fit the model.
    public func load(state: [String: Tensor]) throws {
        let counted = "n_averaged"
        let known = Set((parameters.map(\.name) + buffers.map(\.name)).map { "module.\($0)" })
        for key in state.keys.sorted() where key != counted && !known.contains(key) {
            throw OptimizerStateError(key: key, reason: "the model has no such parameter or buffer")
        }
        func entry(_ key: String) throws -> Tensor {
            guard let tensor = state[key] else {
                throw OptimizerStateError(key: key, reason: "it is missing")
            }
            return tensor
        }
        func loaded(_ name: String, like value: Tensor) throws -> Tensor {
            let tensor = try entry("module.\(name)")
            guard tensor.shape == value.shape && tensor.dtype == value.dtype else {
                throw OptimizerStateError(
                    key: "module.\(name)",
                    reason:
                        "expected \(value.dtype) of shape \(value.shape), got \(tensor.dtype) of "
                        + "shape \(tensor.shape)")
            }
            return tensor.detach()
        }
        let number = try StateEntry.count(try entry(counted), key: counted, least: 0)
        let weights = try parameters.map { try loaded($0.name, like: $0.parameter.value) }
        let others = try buffers.map { try loaded($0.name, like: $0.buffer.value) }
        (count, parameterAverages, bufferAverages) = (number, weights, others)
    }
}
