import MartletTesting
import Testing

/// Settings that cannot work stop the process with a message, in release builds too.
@Suite("Misuse of optimisers")
struct MisuseTests {
    @Test func everyMistakeIsNamedWithWhatWasExpected() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            Misuse.report([Misuse.optimisers, Misuse.groups, Misuse.steps, Misuse.schedules])
        }
        Misuse.record(result?.standardOutputContent)
    }
}
