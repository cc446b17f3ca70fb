import Glibc

/// Some threads that do the numbered parts of a task together with the caller. Unsafe: the task's closure is seen by all
/// of them, and a part must touch nothing that another part touches. `run` returns when all parts are done.
final class Crew: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // All below is read and written under the lock.
    private var task: ((Int) -> Void)?
    private var next = 0
    private var parts = 0
    private var unfinished = 0
    private var ended = false
    private var helpers: [pthread_t] = []

    /// `threads` counts the caller too; when the system gives fewer, the caller does more.
    init(threads: Int) {
        pthread_mutex_init(lock, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(done, nil)
        for _ in 1..<max(1, threads) {
            var thread = pthread_t()
            let own = Unmanaged.passRetained(self)
            if pthread_create(&thread, nil, crewMain, own.toOpaque()) == 0 {
                helpers.append(thread)
            } else {
                own.release()
            }
        }
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(wake)
        pthread_cond_destroy(done)
        lock.deallocate()
        wake.deallocate()
        done.deallocate()
    }

    /// Ends the threads; must be called, because each of them keeps the crew alive.
    func stop() {
        pthread_mutex_lock(lock)
        ended = true
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(lock)
        for thread in helpers { pthread_join(thread, nil) }
        helpers = []
    }

    /// Does parts `0 ..< count` of a task, each once, in no certain order.
    func run(_ count: Int, _ body: (Int) -> Void) {
        guard count > 1, !helpers.isEmpty else {
            for part in 0..<max(0, count) { body(part) }
            return
        }
        withoutActuallyEscaping(body) { body in
            pthread_mutex_lock(lock)
            (task, next, parts, unfinished) = (body, 0, count, count)
            pthread_cond_broadcast(wake)
            work()
            while unfinished > 0 { pthread_cond_wait(done, lock) }
            task = nil
            pthread_mutex_unlock(lock)
        }
    }

    /// Takes parts while there are any. The lock is held at the beginning and at the end.
    private func work() {
        while next < parts, let task {
            let part = next
            next += 1
            pthread_mutex_unlock(lock)
            task(part)
            pthread_mutex_lock(lock)
            unfinished -= 1
            if unfinished == 0 { pthread_cond_signal(done) }
        }
    }

    fileprivate func serve() {
        pthread_mutex_lock(lock)
        while !ended {
            work()
            if ended { break }
            pthread_cond_wait(wake, lock)
        }
        pthread_mutex_unlock(lock)
    }
}

private func crewMain(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let raw { Unmanaged<Crew>.fromOpaque(raw).takeRetainedValue().serve() }
    return nil
}
