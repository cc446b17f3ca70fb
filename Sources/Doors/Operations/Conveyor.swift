import Foundation
import Glibc

/// A bounded queue between two threads: who puts waits while it is full, who takes waits while it is empty.
final class Conveyor<Item: Sendable>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private let capacity: Int
    private var items: [Item] = []
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        lock = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    func put(_ item: consuming Item) {
        pthread_mutex_lock(lock)
        while items.count >= capacity, !isClosed { pthread_cond_wait(changed, lock) }
        items.append(item)
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(lock)
    }

    /// Nil when it is empty and nothing more will come.
    func take() -> Item? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while items.isEmpty, !isClosed { pthread_cond_wait(changed, lock) }
        guard !items.isEmpty else { return nil }
        let item = items.removeFirst()
        pthread_cond_broadcast(changed)
        return item
    }

    /// Nothing more will be put.
    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(lock)
    }
}

/// The SHA-256 of a file, reckoned on a thread of its own.
final class FileDigest {
    private final class Box: @unchecked Sendable { var value: String? }

    private let box = Box()
    private var worker: Worker?

    /// - Parameters:
    ///   - path: nil has no digest.
    ///   - beside: false reckons at once.
    init(path: String?, beside: Bool) {
        guard let path else { return }
        let box = box
        let body: @Sendable () -> Void = {
            box.value = try? InputCollector.digest(of: URL(fileURLWithPath: path)).sha256
        }
        if beside { worker = Worker(body) } else { body() }
    }

    /// Waits for the end; nil when the file could not be read.
    var value: String? {
        worker?.join()
        return box.value
    }
}

/// One thread that runs a closure; `join` waits for its end.
final class Worker {
    private final class Task: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private var handle = pthread_t()
    private var isRunning = false

    /// Where no thread is to be had the closure runs here and now.
    init(_ body: @escaping @Sendable () -> Void) {
        let task = Unmanaged.passRetained(Task(body))
        let status = pthread_create(
            &handle, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Task>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, task.toOpaque())
        if status == 0 { isRunning = true } else { task.takeRetainedValue().body() }
    }

    func join() {
        if isRunning { pthread_join(handle, nil) }
        isRunning = false
    }

    deinit { join() }
}
