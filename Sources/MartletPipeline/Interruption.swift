internal import Foundation
internal import Synchronization

/// SIGINT and SIGTERM during training: the first asks for a stop after the current step, a second ends the process at once.
enum Interruption {
    private static let received = Atomic<Int32>(0)

    /// The signal that asked for a stop, or nil.
    static var signal: Int32? {
        let value = received.load(ordering: .relaxed)
        return value == 0 ? nil : value
    }

    static func install() {
        for number in [SIGINT, SIGTERM] {
            Foundation.signal(number) { number in
                // Only what is safe in a signal handler: an atomic exchange and _exit.
                let earlier = Interruption.received.exchange(number, ordering: .relaxed)
                if earlier != 0 { _exit(128 + number) }
            }
        }
        // The program that started this one may have left them blocked.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}

/// Training that a signal stopped, after its state was saved.
public struct Interrupted: Error, CustomStringConvertible {
    public let signal: Int32
    public let saved: String
    public var description: String {
        "stopped by \(signal == SIGINT ? "Ctrl-C" : "signal \(signal)"); the state is saved in \(saved)"
    }
}
