import Martlet
import MartletTesting

// Mistakes of each family, and what is said of them. Each runs in a process of its own: see MisuseTests.

private func ones(_ shape: Int...) -> Tensor { Tensor.ones(shape) }
private var vector: Tensor { Tensor([1, 2, 3] as [Float]) }

extension Misuse {
    static let arithmetic = [
        Misuse("add: shapes [2, 3] and [4] do not broadcast: dimension 1 is 3 in one and 4 in") {
            _ = ones(2, 3) + ones(4)
        },
        Misuse("hypot: shapes [2] and [3] do not broadcast") { _ = ones(2).hypot(ones(3)) },
        Misuse("truncDivide: shapes [2] and [3] do not broadcast") {
            _ = ones(2).truncDivide(ones(3))
        },
        Misuse("maximum: shapes [2, 2] and [3] do not broadcast") {
            _ = ones(2, 2).clamp(min: ones(3))
        },
        Misuse("&: expected integers or bools, got float32 and int64") { _ = vector & Tensor(1) },
        Misuse("<<: expected integers, got bools") { _ = Tensor([true]) << Tensor([1]) },
        Misuse("~: expected integers or bools, got float32") { _ = ~vector },
        Misuse("gcd: expected integers, got float32 and float32") { _ = vector.gcd(vector) },
        Misuse("neg: not defined for bool") { _ = -Tensor([true]) },
        Misuse("+=: the result float32 [2, 3] does not fit in place of float32 [3]") {
            var x = ones(3)
            x += ones(2, 3)
        },
        Misuse("where: shapes [2] and [3] do not broadcast") {
            _ = Tensor.where(Tensor([true, false]), ones(3), ones(3))
        },
    ]

    static let rearranging = [
        Misuse("reshape: [2, 3] has 6 elements, which do not fit [4, 2]") {
            _ = ones(2, 3).reshape([4, 2])
        },
        Misuse("view: [3, 2] with strides [1, 3] cannot be seen as [6]") {
            _ = ones(2, 3).T.view([6])
        },
        Misuse("repeated: expected at least 2 counts for shape [2, 3], got [2]") {
            _ = ones(2, 3).repeated([2])
        },
        Misuse("repeatInterleave: expected 2 integer counts, got int64 [3]") {
            _ = ones(2, 3).repeatInterleave(Tensor([1, 2, 3]), dim: 0)
        },
        Misuse("repeatInterleave: a count is negative in [1, -2]") {
            _ = ones(2).repeatInterleave(Tensor([1, -2]), dim: 0)
        },
        Misuse("roll: 2 shifts [1, 2] for 1 dimensions [0]") {
            _ = ones(2, 3).roll([1, 2], dims: [0])
        },
        Misuse("rot90: expected two different dimensions, got (0, -2)") {
            _ = ones(2, 3).rot90(dims: (0, -2))
        },
        Misuse("movedim: [0, 0] does not move to [0, 1]") {
            _ = ones(2, 3).movedim([0, 0], to: [0, 1])
        },
        Misuse("permute: [0, 0] is not an order of the 2 dimensions of [2, 3]") {
            _ = ones(2, 3).permute([0, 0])
        },
        Misuse("transpose: dimension 2 is outside a tensor of 2 dimensions") {
            _ = ones(2, 3).transpose(0, 2)
        },
        Misuse("unbind: a tensor without dimensions has no entries") { _ = Tensor(1).unbind() },
        Misuse("unflatten: [2, 2] does not divide dimension 0 of [6]") {
            _ = ones(6).unflatten(dim: 0, [2, 2])
        },
        Misuse("unfold: windows of 4, 1 apart, do not fit dimension 0 of [3]") {
            _ = ones(3).unfold(dim: 0, size: 4, step: 1)
        },
        Misuse("tril: expected a matrix or a batch of them, got [3]") { _ = ones(3).tril() },
        Misuse("diagonal: expected two different dimensions of [2, 3], got 0 and 0") {
            _ = ones(2, 3).diagonal(dim1: 0, dim2: 0)
        },
        Misuse("diag: expected a vector or matrix, got [1, 2, 3]") { _ = ones(1, 2, 3).diag() },
        Misuse("trace: expected a matrix, got shape [3]") { _ = ones(3).trace() },
        Misuse("meshgrid: expected vectors, got shapes [[2, 2]]") {
            _ = Tensor.meshgrid([ones(2, 2)])
        },
        Misuse("blockDiag: expected matrices, got shapes [[1, 1, 1]]") {
            _ = Tensor.blockDiag([ones(1, 1, 1)])
        },
        Misuse("cat: shapes [2, 3] and [2, 2] differ outside dimension 0") {
            _ = Tensor.cat([ones(2, 3), ones(2, 2)])
        },
        Misuse("cat: tensors without dimensions cannot be joined") {
            _ = Tensor.cat([Tensor(1), Tensor(2)])
        },
        Misuse("cat: no tensors given") { _ = Tensor.cat([]) },
        Misuse("stack: expected tensors of one shape, got shapes [[2], [3]]") {
            _ = Tensor.stack([ones(2), ones(3)])
        },
        Misuse("split: sizes [1, 1] do not add up to dimension 0 of [3]") {
            _ = ones(3).split(sizes: [1, 1])
        },
        Misuse("chunk: expected at least 1 piece, got 0") { _ = ones(3).chunk(0) },
        Misuse("slice: expected a positive step, got -1; see flip") {
            _ = ones(3).slice(dim: 0, step: -1)
        },
        Misuse("narrow: 2 ..< 4 is outside dimension 0 of [3]") {
            _ = ones(3).narrow(dim: 0, start: 2, length: 2)
        },
        Misuse("expand: [2] does not stretch to [1]") { _ = ones(2).expand([1]) },
        Misuse("einsum: \"ij,jk->ik\" does not describe 1 operands") {
            _ = Tensor.einsum("ij,jk->ik", ones(2, 2))
        },
        Misuse("einsum: \"ijk\" in \"ijk->i\" does not fit shape [2, 2]") {
            _ = Tensor.einsum("ijk->i", ones(2, 2))
        },
        Misuse("einsum: a letter that \"ii->i\" repeats stands for sizes 3 and 1 of [3, 1]") {
            _ = Tensor.einsum("ii->i", ones(3, 1))
        },
        Misuse("stands for sizes 2 and 3 in shapes [[2, 2], [3, 2]]") {
            _ = Tensor.einsum("ij,jk->ik", ones(2, 2), ones(3, 2))
        },
        Misuse("einsum: the result of \"ij->ik\" names a letter twice or one that no operand has") {
            _ = Tensor.einsum("ij->ik", ones(2, 2))
        },
    ]

    static let places = [
        Misuse("indexSelect: index 3 is outside dimension 0 of [3]") {
            _ = vector.indexSelect(dim: 0, Tensor([0, 3]))
        },
        Misuse("indexSelect: index -4 is outside dimension 0 of [3]") {
            _ = vector.indexSelect(dim: 0, Tensor([-4]))
        },
        Misuse("indexSelect: expected integer indices, got float32") {
            _ = vector.indexSelect(dim: 0, vector)
        },
        Misuse("gather: indices of shape [3, 1] do not fit [2, 2] outside dimension 1") {
            _ = ones(2, 2).gather(dim: 1, Tensor.zeros([3, 1], dtype: .int64))
        },
        Misuse("takeAlongDim: expected indices of 2 dimensions, got shape [1]") {
            _ = ones(2, 2).takeAlongDim(Tensor([0]), dim: 0)
        },
        Misuse("oneHot: a class is outside 0 ..< 3") { _ = Tensor([0, 3]).oneHot(classes: 3) },
        Misuse("oneHot: a class is outside 0 ..< 3") { _ = Tensor([-1]).oneHot(classes: 3) },
        Misuse("oneHot: expected integers, got float32") { _ = vector.oneHot(classes: 4) },
        Misuse("maskedSelect: expected a mask of bools, got float32") {
            _ = vector.maskedSelect(vector)
        },
        Misuse("scatter: indices of shape [2] do not fit a source of shape [1]") {
            _ = vector.scatter(dim: 0, Tensor([0, 1]), ones(1))
        },
        Misuse("scatterAdd: index 5 is outside dimension 0 of [3]") {
            _ = vector.scatterAdd(dim: 0, Tensor([5]), ones(1))
        },
        Misuse("scatterReduce: indices of shape [3, 1] do not fit [2, 2] outside dimension 1") {
            _ = ones(2, 2).scatterReduce(
                dim: 1, Tensor.zeros([3, 1], dtype: .int64), ones(3, 1), .amax)
        },
        Misuse(
            "indexAdd: expected a vector of indices and a source of shape [2, 3], got shapes [2]"
        ) {
            _ = ones(4, 3).indexAdd(dim: 0, Tensor([0, 1]), ones(3, 3))
        },
        Misuse("indexCopy: index 9 is outside dimension 0 of [3]") {
            _ = vector.indexCopy(dim: 0, Tensor([9]), ones(1))
        },
        Misuse("indexFill: expected a vector of indices, got [1, 1]") {
            _ = vector.indexFill(dim: 0, Tensor([[0]]), 1)
        },
        Misuse("put: 2 indices for 3 elements") { _ = vector.put(Tensor([0, 1]), vector) },
        Misuse("maskedScatter: 3 places for 2 elements of shape [2]") {
            _ = vector.maskedScatter(vector.gt(0), ones(2))
        },
        Misuse("maskedScatter: expected a mask of bools that stretches to [3], got bool [2]") {
            _ = vector.maskedScatter(Tensor([true, true]), ones(2))
        },
    ]

    static let subscripts = [
        Misuse("subscript: 2 indices do not fit shape [3]") { _ = vector[0, 0] },
        Misuse("select: index 3 is outside dimension 0 of [3]") { _ = vector[3] },
        Misuse("select: index -4 is outside dimension 0 of [3]") { _ = vector[-4] },
        Misuse("subscript: index 7 is outside dimension 1 of [2, 3]") {
            _ = ones(2, 3)[.all, Tensor([0, 7])]
        },
        Misuse("subscript: a mask of shape [2] does not fit dimensions 0 on of [3]") {
            _ = vector[Tensor([true, false])]
        },
        Misuse("subscript: shapes [2] and [3] do not broadcast") {
            _ = ones(4, 4)[Tensor([0, 1]), Tensor([0, 1, 2])]
        },
        Misuse("subscript: expected integer indices, got float32") { _ = vector[vector] },
        Misuse("subscript: 2 indices do not fit shape [3]") { _ = vector[.ellipsis, .ellipsis] },
        Misuse("subscript: values of shape [2] do not fit a part of shape [3] of [2, 3]") {
            var x = ones(2, 3)
            x[0] = ones(2)
        },
        Misuse("subscript: a leaf that requires a gradient cannot be changed in place") {
            var leaf = vector.requiringGrad()
            leaf[0] = Tensor(3.0)
        },
        Misuse("slice: expected a positive step, got 0") { _ = vector[.stride(by: 0)] },
    ]

    static let order = [
        Misuse("kthvalue: k = 4 is outside 1 ... 3, the size of dimension 0 of [3]") {
            _ = vector.kthvalue(4, dim: 0)
        },
        Misuse("topk: k = 4 is outside 0 ... 3") { _ = vector.topk(4) },
        Misuse("sort: dimension 1 is outside a tensor of 1 dimensions") {
            _ = vector.sort(dim: 1)
        },
        Misuse("argmax: no element to choose from in shape [0, 2]") {
            _ = Tensor.zeros([0, 2]).max(dim: 0)
        },
        Misuse("median: dimension 0 of [0, 2] has no elements") {
            _ = Tensor.zeros([0, 2]).median(dim: 0)
        },
        Misuse("mode: dimension -1 of [0] has no elements") { _ = Tensor.zeros([0]).mode() },
        Misuse("quantile: expected parts in 0 ... 1, got [1.5]") { _ = vector.quantile(1.5) },
        Misuse("quantile: expected float32 or float64, got int64") {
            _ = Tensor([1, 2]).quantile(0.5)
        },
        Misuse("searchSorted: sorted numbers of shape [2, 3] do not fit values of shape [3, 3]") {
            _ = Tensor.searchSorted(ones(2, 3), ones(3, 3))
        },
        Misuse("bucketize: expected a vector of limits, got [2, 3]") {
            _ = vector.bucketize(ones(2, 3))
        },
        Misuse("bincount: expected a vector of integers, got float32 [3]") {
            _ = vector.bincount()
        },
        Misuse("bincount: a number is negative: -2") { _ = Tensor([1, -2]).bincount() },
        Misuse("bincount: expected weights of shape [2], got [3]") {
            _ = Tensor([1, 2]).bincount(weights: vector)
        },
        Misuse("histc: expected at least 1 bin, got 0") { _ = vector.histc(bins: 0) },
        Misuse("histc: the range 2.0 ... 1.0 is not one") {
            _ = vector.histc(bins: 2, min: 2, max: 1)
        },
        Misuse("unique: a tensor without dimensions has no dimension 0") {
            _ = Tensor(1).unique(dim: 0)
        },
    ]

    static let statistics = [
        Misuse("variance: expected a floating-point tensor, got int64") {
            _ = Tensor([1, 2]).varMean()
        },
        Misuse("cov: expected a matrix of variables, got shape [1, 2, 3]") {
            _ = ones(1, 2, 3).cov()
        },
        Misuse("diff: expected at least 1 dimension, got []") { _ = Tensor(1).diff() },
        Misuse("trapezoid: expected at least 1 dimension, got []") { _ = Tensor(1.0).trapezoid() },
        Misuse("norm: expected a floating-point tensor, got int64") { _ = Tensor([1]).norm() },
        Misuse("cdist: expected rows of one length, got shapes [2, 3] and [2, 2]") {
            _ = ones(2, 3).cdist(ones(2, 2))
        },
        Misuse("pdist: expected a matrix, got shape [3]") { _ = vector.pdist() },
        Misuse("cosineSimilarity: shapes [2, 3] and [2, 2] do not broadcast") {
            _ = ones(2, 3).cosineSimilarity(ones(2, 2))
        },
        Misuse("cumsum: dimension 2 is outside a tensor of 2 dimensions") {
            _ = ones(2, 3).cumsum(dim: 2)
        },
        Misuse("logCumSumExp: expected a floating-point tensor, got int64") {
            _ = Tensor([1, 2]).logCumSumExp(dim: 0)
        },
        Misuse("median: no elements in shape [0, 2]") { _ = Tensor.zeros([0, 2]).median() },
        Misuse("cummax: dimension -3 is outside a tensor of 2 dimensions") {
            _ = ones(2, 3).cummax(dim: -3)
        },
        Misuse("sum: a dimension is named twice in [0, -2]") { _ = ones(2, 3).sum(dims: [0, -2]) },
    ]

    static let creation = [
        Misuse("Tensor: inner arrays of different lengths, 2 and 1") {
            _ = Tensor([[1, 2], [3]])
        },
        Misuse("Tensor: 3 values do not fill shape [2, 2]") {
            _ = Tensor([1, 2, 3], shape: [2, 2])
        },
        Misuse("Tensor: sizes must not be negative, got [2, -1]") { _ = Tensor.zeros([2, -1]) },
        Misuse("arange: step must not be 0") { _ = Tensor.arange(0, 3, step: 0) },
        Misuse("arange: 0.0 to inf cannot be reached in steps of 1.0") {
            _ = Tensor.arange(0.0, .infinity)
        },
        Misuse("linspace: the count must not be negative, got -1") {
            _ = Tensor.linspace(0, 1, count: -1)
        },
        Misuse("eye: sizes must not be negative, got -1 and -1") { _ = Tensor.eye(-1) },
        Misuse("item: expected one element, got shape [3]") { _ = vector.item() },
        Misuse("size: a tensor without dimensions has no dimension 0") { _ = Tensor(1).size(0) },
    ]

    static let gradients = [
        Misuse("backward: the graph was freed by an earlier backward; pass retainGraph: true") {
            let loss = vector.requiringGrad().square().sum()
            loss.backward()
            loss.backward()
        },
        Misuse("backward: the tensor does not depend on any tensor that requires a gradient") {
            vector.sum().backward()
        },
        Misuse(
            "backward: only a tensor of one element has a gradient by default; pass one for shape [3]"
        ) {
            vector.requiringGrad().backward()
        },
        Misuse("backward: expected a gradient of shape [3], got [2]") {
            vector.requiringGrad().backward(gradient: ones(2))
        },
        Misuse("requiringGrad: only floating-point tensors have gradients, got int64") {
            _ = Tensor([1]).requiringGrad()
        },
        Misuse("grad: input 0, of shape [3], requires no gradient") {
            let x = vector.requiringGrad()
            _ = grad(outputs: [x.sum()], inputs: [vector])
        },
        Misuse("grad: input 1, of shape [3], has no part in the outputs; pass allowUnused: true") {
            let (x, y) = (vector.requiringGrad(), vector.requiringGrad())
            _ = grad(outputs: [x.sum()], inputs: [x, y])
        },
        Misuse("grad: 2 gradients for 1 outputs") {
            let x = vector.requiringGrad()
            _ = grad(outputs: [x], inputs: [x], gradients: [vector, vector])
        },
        Misuse("grad: only a leaf that requires a gradient has one to set") {
            (vector.requiringGrad() * 2).grad = vector
        },
        Misuse("grad: expected shape [3], got [2]") { vector.requiringGrad().grad = ones(2) },
        Misuse("registerHook: no gradient flows through this tensor") {
            vector.registerHook { $0 }
        },
        Misuse("registerHook: the hook of mul returned shape [2] for a gradient of shape [3]") {
            let y = vector.requiringGrad() * 2
            y.registerHook { _ in ones(2) }
            y.sum().backward()
        },
        Misuse("retainGrad: no gradient flows through this tensor") { vector.retainGrad() },
        Misuse("update: only a leaf can be changed in place") {
            var y = vector.requiringGrad() * 2
            y.update { $0 *= 2 }
        },
        Misuse("batchNorm: its gradient cannot be differentiated again") {
            let x = (vector.reshape([3, 1]) * ones(3, 2)).requiringGrad()
            let y = x.batchNorm(weight: nil, bias: nil, epsilon: 1e-5).output.square().sum()
            grad(outputs: [y], inputs: [x], createGraph: true)[0].sum().backward()
        },
        Misuse("maxPool2d: its gradient cannot be differentiated again") {
            let x = ones(1, 1, 4, 4).requiringGrad()
            let y = x.maxPool2d(PoolingGeometry(kernel: (2, 2))).square().sum()
            grad(outputs: [y], inputs: [x], createGraph: true)[0].sum().backward()
        },
        Misuse("trigamma: it has no gradient") {
            vector.requiringGrad().trigamma().sum().backward()
        },
        Misuse("pair: backward returned 1 gradients for 2 inputs") {
            struct Pair: TensorOperation {
                func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
                    [inputs[0] + inputs[1]]
                }
                func backward(_ gradients: [Tensor?]) -> [Tensor?] { gradients }
            }
            Tensor.apply(Pair(), [vector.requiringGrad(), vector])[0].sum().backward()
        },
    ]
}
