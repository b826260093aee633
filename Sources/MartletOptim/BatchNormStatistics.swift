public import Martlet
public import MartletNN

/// Estimates the running statistics of all batch normalisations of a layer anew, as the mean over
/// some batches: averaged weights have other ones than those seen in training (Izmailov et al.,
/// "Averaging weights leads to wider optima and better generalization", 2018); PyTorch's `update_bn`.
///
/// ```swift
/// average.withAverages { updateBatchNorm(model, batches: batches.map(\.images)) }
/// ```
///
/// - Parameter batches: inputs of the layer; their order and number of rows make little difference.
public func updateBatchNorm(_ layer: some Layer, batches: some Sequence<Tensor>) {
    updateBatchNorm(layer) { context in
        for batch in batches { _ = layer(batch, context) }
    }
}

/// Estimates the running statistics of all batch normalisations of a model anew, as the mean over
/// the forward passes of a closure, which are to use the context that it is given.
public func updateBatchNorm<R>(_ module: any Module, _ body: (Context) throws -> R) rethrows -> R {
    let norms = module.namedModules().compactMap { $0.module as? BatchNorm }
    let momenta = norms.map(\.momentum)
    for norm in norms {
        norm.runningMean.value = norm.runningMean.value.zerosLike()
        norm.runningVar.value = norm.runningVar.value.onesLike()
        norm.numBatchesTracked.value = Tensor(0)
        norm.momentum = nil
    }
    defer { for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum } }
    return try noGrad {
        try body(.training(generator: Generator(seed: 0).stream("updateBatchNorm")))
    }
}
