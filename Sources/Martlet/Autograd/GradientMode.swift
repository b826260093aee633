internal import CKernels

/// Whether operations are recorded for `backward`.
enum GradientMode: UInt32 {
    case recording = 0
    case off = 1
    /// Everything is recorded, inputs included, to write the graph down (see `Trace`).
    case tracing = 2

    static var current: GradientMode { ThreadFlags.current.mode }
    static var isRecording: Bool { current != .off }
}

/// What this thread does besides computing. Kept apart from task-local values because every operation reads it.
struct ThreadFlags {
    private(set) var bits: UInt32

    private static let modeMask: UInt32 = 0b11
    /// Times are being measured: see `Profile`.
    static let profiling: UInt32 = 0b100
    /// Results are searched for NaN: see `detectAnomaly`.
    static let watching: UInt32 = 0b1000

    static var current: ThreadFlags { ThreadFlags(bits: mt_thread_flags()) }

    var mode: GradientMode {
        GradientMode(rawValue: bits & ThreadFlags.modeMask) ?? .recording
    }
    func has(_ flag: UInt32) -> Bool { bits & flag != 0 }
    /// Nothing is to be done but to compute, and to record where a gradient is wanted.
    var isPlain: Bool { bits < 2 }

    /// Whether operations on these are only to be computed: not recorded, traced, timed or watched.
    static func onlyCompute(_ x: Tensor) -> Bool {
        let flags = current
        return flags.isPlain && (flags.mode == .off || x.edge == nil)
    }
    static func onlyCompute(_ a: Tensor, _ b: Tensor) -> Bool {
        let flags = current
        return flags.isPlain && (flags.mode == .off || a.edge == nil && b.edge == nil)
    }

    /// Runs the closure in a gradient mode.
    static func with<R>(_ mode: GradientMode, _ body: () throws -> R) rethrows -> R {
        try during(mt_thread_flags() & ~modeMask | mode.rawValue, body)
    }

    /// Runs the closure as part of an operation: nothing is recorded or watched within.
    static func within<R>(_ body: () throws -> R) rethrows -> R {
        try during(mt_thread_flags() & profiling | GradientMode.off.rawValue, body)
    }

    /// Runs the closure with a flag set.
    static func with<R>(_ flag: UInt32, _ body: () throws -> R) rethrows -> R {
        try during(mt_thread_flags() | flag, body)
    }

    /// Runs the closure with a flag cleared.
    static func without<R>(_ flag: UInt32, _ body: () throws -> R) rethrows -> R {
        try during(mt_thread_flags() & ~flag, body)
    }

    private static func during<R>(_ bits: UInt32, _ body: () throws -> R) rethrows -> R {
        let before = mt_thread_flags()
        mt_set_thread_flags(bits)
        defer { mt_set_thread_flags(before) }
        return try body()
    }
}

/// Runs the closure without recording operations, so that it takes less memory and time (PyTorch's `no_grad`).
public func noGrad<R>(_ body: () throws -> R) rethrows -> R {
    try ThreadFlags.with(.off, body)
}

/// Runs the closure with operations recorded, inside `noGrad` (PyTorch's `enable_grad`).
public func enableGrad<R>(_ body: () throws -> R) rethrows -> R {
    try ThreadFlags.with(.recording, body)
}
