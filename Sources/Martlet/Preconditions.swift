// Swift's own `precondition` says nothing in release builds: the process stops without a word. These
// take its place in every module of the package, so that the message is always printed.

/// Stops with the message when the condition does not hold: the caller made a mistake.
package func precondition(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { fatalError(message(), file: file, line: line) }
}

/// Stops with the message: the caller made a mistake.
package func preconditionFailure(
    _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
    fatalError(message(), file: file, line: line)
}
