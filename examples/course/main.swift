// What a PyTorch course covers, in Martlet: a program to read and to run, `swift run -c release course`.
// docs/from-pytorch.md is made from it by scripts/course.py: keep the comments after a title as the text of its section.
import Foundation
import Martlet
import MartletData
import MartletNN
import MartletOptim

func title(_ text: String) { print("\n## \(text)\n") }

title("Tensors")
// A `Tensor` is a value: assigning one to another variable and changing that leaves the first as it was. Views (slices,
// transposes, expansions) cost nothing. Names are PyTorch's in Swift's spelling, and `print` writes what PyTorch would.
// Swift's literals are `Double` and `Int`; `as [[Float]]` or `dtype: .float32` makes float32 of them.
let x = Tensor([[1, 2, 3], [4, 5, 6]] as [[Float]])
print(x)
print(x.shape, x.dtype, x.ndim, x.count)
print(x[0], x[.all, 1], x[0..<1, (-2)...])
print(x[x.gt(3)])
print(x.T.matmul(x))
print(x.mean(dims: [0]), x.max(dim: 1).indices)
var y = x * 2
y[.all, 0] = Tensor(0 as Float)
print(y)
print(Tensor.arange(6).reshape([2, 3]) % 4)
print(Tensor.einsum("ij,kj->ik", x, x))

title("Autograd")
// `requiringGrad()` makes a leaf, `backward()` adds to its `grad`. `grad(outputs:inputs:)` returns gradients instead, and with
// `createGraph` they can be differentiated again. `noGrad { }` records nothing; `detectAnomaly { }` names the operation
// that first made a NaN.
let a = Tensor([2, 3] as [Float]).requiringGrad()
let loss = (a.square() * Tensor([1, 10] as [Float])).sum()
loss.backward()
print(a.grad!)
let first = grad(outputs: [a.pow(3).sum()], inputs: [a], createGraph: true)[0]
print(grad(outputs: [first.sum()], inputs: [a])[0])
do {
    try detectAnomaly { _ = (a - 3).sqrt() * (a - 2).log() }
} catch {
    print(error)
}

title("An operation of one's own")
// What `autograd.Function` is in PyTorch is a type that holds its parameters and what `backward` needs.
struct Cube: TensorOperation {
    var x: Tensor?
    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { x = inputs[0] }
        return [inputs[0] * inputs[0] * inputs[0]]
    }
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0]! * 3 * x!.square()]
    }
}
let b = Tensor(2 as Float).requiringGrad()
Tensor.apply(Cube(), [b])[0].backward()
print(b.grad!)

title("Linear regression")
// A layer is called with its input and a `Context`, which says whether this is training, in which precision, and where random
// numbers come from: no mode is ambient, so none can be forgotten. The learning rate is given to each step.
manualSeed(0)
let inputs = Tensor.rand([200, 2])
let targets = inputs.matmul(Tensor([[3], [-2]] as [[Float]])) + 0.5
let line = Linear(2, 1)
let descent = SGD(line, momentum: 0.9)
for _ in 0..<200 {
    descent.zeroGrad()
    mseLoss(line(inputs, .inference), targets).backward()
    descent.step(learningRate: 0.1)
}
print(line.weight.value.detach(), line.bias!.value.detach())

title("A classifier")
// A model is a class whose properties are layers; its weights are named after them, as in PyTorch's `state_dict`. Schedules are
// factors of the learning rate, by step.
final class Net: Layer {
    let conv = Conv2d(1, 8, kernelSize: 3, padding: 1)
    let norm = BatchNorm2d(8)
    let fc = Linear(8 * 4 * 4, 2)
    func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let y = norm(conv(x, context), context).relu().maxPool2d(.init(kernel: (2, 2)))
        return fc(y.flatten(from: 1), context)
    }
}
// Pictures of 8 x 8 whose left or right half is brighter.
let bright = Tensor.randint(0..<2, [512])
var pictures = Tensor.rand([512, 1, 8, 8])
pictures[bright.eq(0), .all, .all, 0..<4] = pictures[bright.eq(0), .all, .all, 0..<4] + 0.3
pictures[bright.eq(1), .all, .all, 4...] = pictures[bright.eq(1), .all, .all, 4...] + 0.3
let net = Net()
let optimizer = AdamW(net, weightDecay: 0.01)
let schedule = Schedule.cosine(steps: 60)
for step in 0..<60 {
    optimizer.zeroGrad()
    let context = Context.training(generator: Generator(seed: 1).stream("step", step))
    crossEntropy(net(pictures[0..<384], context), bright[0..<384]).backward()
    optimizer.step(learningRate: 0.01 * schedule.factor(at: step))
}
let guesses = noGrad { net(pictures[384...], .inference).argmax(dim: 1) }
print("accuracy", guesses.eq(bright[384...]).to(.float32).mean().item())

title("An LSTM")
// Recurrent layers take the lengths of padded sequences: outputs beyond them are 0 and the last states are those at each
// sequence's own end, without packing and unpacking.
final class Counter: Module {
    let embedding = Embedding(3, 8)
    let rnn = LSTM(8, 16, batchFirst: true)
    let fc = Linear(16, 1)
    func callAsFunction(_ tokens: Tensor, lengths: Tensor, _ context: Context) -> Tensor {
        let (_, h, _) = rnn(embedding(tokens, context), lengths: lengths, context)
        return fc(h[0], context).squeeze(1)
    }
}
// How many twos are among the first `lengths` tokens of each row.
let tokens = Tensor.randint(0..<3, [256, 12])
let lengths = Tensor.randint(4..<13, [256])
let seen = Tensor.arange(12).lt(lengths.unsqueeze(1)).logicalAnd(tokens.eq(2))
let counts = seen.sum(dims: [1]).to(.float32)
let counter = Counter()
let adam = Adam(counter)
for _ in 0..<300 {
    adam.zeroGrad()
    let context = Context.training(generator: Generator(seed: 2))
    mseLoss(counter(tokens, lengths: lengths, context), counts).backward()
    GradientClipping.byNorm(counter.parameters(), maxNorm: 1)
    adam.step(learningRate: 0.01)
}
print("error", (counter(tokens, lengths: lengths, .inference) - counts).abs().mean().item())

title("Saving and loading")
// Weights are safetensors files, which PyTorch reads and writes, too. Loading says what was loaded, missing, unexpected or of
// another shape, and throws unless everything fits (`strict: false` takes what does).
let path = NSTemporaryDirectory() + "net.safetensors"
try Safetensors.write(net.stateDict(), to: path)
let copy = Net()
print(try copy.load(state: Safetensors.read(path).dictionary))
print(copy(pictures[0..<4], .inference).allClose(net(pictures[0..<4], .inference)))
