internal import Foundation
internal import Martlet

private let turn = NSLock()

/// What a function gives on different numbers of threads. The number is the process's, so such
/// calls wait for each other.
public func onThreads<R>(_ counts: [Int], _ body: () throws -> R) rethrows -> [R] {
    turn.lock()
    let before = Threads.count
    defer {
        Threads.count = before
        turn.unlock()
    }
    return try counts.map { count in
        Threads.count = count
        return try body()
    }
}
