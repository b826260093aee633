internal import Foundation
internal import Synchronization

/// SIGINT, SIGTERM, SIGHUP and SIGUSR1 during training: the first asks for a stop after the current batch, a second ends the
/// process at once.
enum Interruption {
    private static let received = Atomic<Int32>(0)

    /// The signal that asked for a stop, or nil.
    static var signal: Int32? {
        let value = received.load(ordering: .relaxed)
        return value == 0 ? nil : value
    }

    static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
            let before = Foundation.signal(number) { number in
                // Only what is safe in a signal handler: an atomic exchange and _exit.
                let earlier = Interruption.received.exchange(number, ordering: .relaxed)
                if earlier != 0 { _exit(128 + number) }
            }
            // nohup lets a program outlive its terminal by having it ignore this one.
            if number == SIGHUP, unsafeBitCast(before, to: Int.self) == 1 {
                Foundation.signal(number, SIG_IGN)
            }
            sigaddset(&signals, number)
        }
        // The program that started this one may have left them blocked.
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}

/// Why training stops before its end, with its state to be saved.
enum Halt: Error {
    case signal(Int32)
    /// `training.maxTime` is over.
    case time
}

/// Training that a signal stopped, after its state was saved.
public struct Interrupted: Error, CustomStringConvertible {
    /// The signal, and the run folder that the state was saved into.
    public let signal: Int32
    public let run: String
    public var description: String {
        "stopped by \(signal == SIGINT ? "Ctrl-C" : "signal \(signal)"); the state is saved in "
            + "\(run)/last, and martlet train --resume \(run) goes on from there"
    }
}
