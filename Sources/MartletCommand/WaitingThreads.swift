internal import ArgumentParser
internal import Foundation

/// A command that computes, and so waits for threads.
protocol ComputingCommand: ParsableCommand {}

/// How long the threads of OpenMP wait for work before they sleep.
enum WaitingThreads {
    /// libgomp lets a thread that waits spin for some milliseconds, which is longer than a time slice: with another
    /// busy process on the machine almost every wait loses one, and training is up to thirty times slower. A hundredth
    /// of that costs nothing on a machine of one's own. libgomp reads the setting only while it is loaded, so
    /// the program starts itself anew with it, before it has done anything, unless the user chose something.
    static func keepShort() {
        guard getenv("GOMP_SPINCOUNT") == nil, getenv("OMP_WAIT_POLICY") == nil else { return }
        setenv("GOMP_SPINCOUNT", "10000", 0)
        // Where this fails, the program is only slower on a busy machine.
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}
