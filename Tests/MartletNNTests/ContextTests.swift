import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Context")
struct ContextTests {
    @Test func dropoutIsForTrainingOnly() {
        let x = Tensor.ones([50])
        let dropout = Dropout(0.5)
        expectClose(dropout(x, .inference), x)
        let context = Context.training(generator: Generator(seed: 1))
        let first = dropout(x, context)
        #expect(difference(first, x) != nil)
        // Each use draws other numbers; the same generator draws the same ones.
        #expect(difference(dropout(x, context), first) != nil)
        expectClose(dropout(x, .training(generator: Generator(seed: 1))), first)
    }
}
