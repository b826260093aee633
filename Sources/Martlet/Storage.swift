internal import CKernels
internal import Synchronization

/// A block of memory that tensors view.
///
/// Blocks come from a caching allocator: 64-byte aligned and not cleared. A block that several
/// tensors share is never written: `Tensor` copies it first. That makes sharing one between threads
/// safe.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    /// The bytes of the block, which may be more.
    private let capacity: Int
    /// Differs between any two contents this process has seen: set anew before every write.
    private(set) var version: UInt64

    private static let lastVersion = Atomic<UInt64>(0)

    init(byteCount: Int) {
        var capacity = 0
        guard let block = mt_allocate_nearby(max(byteCount, 1), &capacity) else {
            fatalError("out of memory: a tensor of \(byteCount) bytes could not be allocated")
        }
        pointer = block
        self.capacity = capacity
        self.byteCount = byteCount
        version = Storage.nextVersion()
    }

    func willWrite() { version = Storage.nextVersion() }

    private static func nextVersion() -> UInt64 {
        lastVersion.add(1, ordering: .relaxed).newValue
    }

    deinit { mt_deallocate(pointer, capacity) }
}

/// Memory held by tensors.
public enum Memory {
    /// Bytes that tensors hold now.
    public static var inUse: Int { mt_memory_in_use() }
    /// The most bytes that tensors ever held.
    public static var peak: Int { mt_memory_peak() }
    /// Bytes kept for reuse.
    public static var cached: Int { mt_memory_cached() }
    /// Gives the memory kept for reuse back to the system.
    public static func releaseCached() { mt_memory_release() }
}

/// The threads that operations run on.
public enum Threads {
    /// How many threads operations use; by default as many as the process has processors.
    public static var count: Int {
        get { Int(mt_thread_count()) }
        set {
            precondition(newValue >= 1, "Threads.count: expected at least 1, got \(newValue)")
            mt_set_thread_count(Int32(newValue))
        }
    }
}
