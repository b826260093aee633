internal import Glibc
internal import Martlet

/// What the threads of an epoch share: which batches are to be made, and which are ready.
///
/// `@unchecked Sendable`: everything after `mutex` is read and written with `mutex` held.
final class BatchQueue<Batch: Sendable>: @unchecked Sendable {
    private let count: Int
    private let window: Int
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Signalled whenever anything below changes.
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    private var ready: [Int: Result<Batch?, any Error>] = [:]
    private var nextToClaim: Int
    private var nextToTake: Int
    private var running = 0
    private var cancelled = false

    init(first: Int, count: Int, window: Int) {
        self.count = count
        self.window = window
        nextToClaim = first
        nextToTake = first
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        changed.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Starts a thread that is counted until it ends.
    ///
    /// Where the system gives no thread, the others do the work; the first is essential.
    func startWorker(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(
            ThreadBody { [self] in
                body()
                locked { running -= 1 }
            })
        locked { running += 1 }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        if status != 0 {
            work.release()
            let left = locked { () -> Int in
                running -= 1
                return running
            }
            precondition(
                left > 0, "DataLoader: no thread could be started: \(systemReason(status))")
        }
    }

    /// The next batch to make, waiting while enough are ahead; nil when there is no more to do.
    func claim() -> Int? {
        locked {
            while !cancelled && nextToClaim < count && nextToClaim >= nextToTake + window { wait() }
            guard !cancelled, nextToClaim < count else { return nil }
            nextToClaim += 1
            return nextToClaim - 1
        }
    }

    func deliver(_ result: Result<Batch?, any Error>, for batch: Int) {
        locked { ready[batch] = result }
    }

    /// The batch of this number, waiting until it is ready.
    func take(_ batch: Int) -> Result<Batch?, any Error> {
        locked {
            while !cancelled && ready[batch] == nil { wait() }
            nextToTake = batch + 1
            return ready.removeValue(forKey: batch) ?? .success(nil)
        }
    }

    var isCancelled: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return cancelled
    }

    /// Tells the workers to stop, and waits until they have.
    func cancelAndWait() {
        locked {
            cancelled = true
            pthread_cond_broadcast(changed)
            while running > 0 { wait() }
            ready = [:]
        }
    }

    private func wait() { pthread_cond_wait(changed, mutex) }

    private func locked<R>(_ body: () -> R) -> R {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return body()
    }
}

/// What a thread is to run, as an object that a C pointer can hold.
private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
