import MartletTesting
import Testing

/// What cannot work stops the process with a message that says why.
@Suite("Misuse of layers and losses")
struct NNMisuseTests {
    @Test func everyMistakeIsNamedWithWhatWasExpected() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            Misuse.report([
                Misuse.products, Misuse.convolutions, Misuse.pooling, Misuse.normalisation,
                Misuse.recurrent, Misuse.attention, Misuse.initialisers, Misuse.regression,
                Misuse.classification, Misuse.ranking,
            ])
        }
        Misuse.record(result?.standardOutputContent)
    }
}
