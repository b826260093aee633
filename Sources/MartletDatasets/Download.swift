internal import CDownload
internal import Glibc
internal import MartletData

/// A file on its way from a server, which goes on where it was left off.
struct Download {
    let file: RemoteFile
    /// Where it is taken from.
    let url: String
    /// Whether `url` may be a file on this machine.
    let mayBeLocal: Bool
    /// Where it is written to; what is there already is not fetched again.
    let path: String

    /// How long a server may be silent, in seconds, and how often a broken connection is made again.
    private static let patience: Int32 = 60
    private static let attempts = 3

    /// Fetches what is missing and holds the whole against its length and checksum.
    ///
    /// What was received stays when the connection breaks, and is removed when it is not the file.
    /// - Throws: `DatasetError`, `DiskError`.
    func run(progress: (_ received: Int) -> Void) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw diskError("open", errno) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw DatasetError(
                place: path, reason: "another program is downloading it; wait for its end",
                exitCode: 2)
        }
        try fetch(into: descriptor, progress)
        let found = try SHA256.file(path).description
        guard found == file.sha256 else {
            unlink(path)
            throw DatasetError(
                place: url,
                reason: "what was received is not the file: its SHA-256 is \(found), expected "
                    + "\(file.sha256); it was removed, the next attempt starts anew")
        }
    }

    private func fetch(into descriptor: Int32, _ progress: (Int) -> Void) throws {
        var attempt = 1
        var have = Int(lseek(descriptor, 0, SEEK_END))
        if have > file.bytes { have = try restart(descriptor) }
        while have < file.bytes {
            progress(have)
            var outcome = cd_outcome()
            let status = withoutActuallyEscaping(progress) { progress in
                var report = { (received: Int64) in progress(have + Int(received)) }
                return withUnsafeMutablePointer(to: &report) { report in
                    cd_download(
                        url, mayBeLocal ? 1 : 0, descriptor, Int64(have), Int64(file.bytes - have),
                        Download.patience,
                        { context, received in
                            context?.assumingMemoryBound(to: ((Int64) -> Void).self)
                                .pointee(received)
                        }, report, &outcome)
                }
            }
            have += Int(outcome.received)
            let reason = withUnsafeBytes(of: outcome.message) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            switch status {
            case CD_OK:
                guard have == file.bytes else {
                    unlink(path)
                    throw DatasetError(
                        place: url, reason: "the file has \(have) bytes, expected \(file.bytes)")
                }
            case CD_NO_RANGE:
                have = try restart(descriptor)
            case CD_BROKEN where outcome.received > 0 || attempt < Download.attempts:
                attempt = outcome.received > 0 ? 1 : attempt + 1
                sleep(outcome.received > 0 ? 0 : 1)
            case CD_TOO_LARGE:
                unlink(path)
                throw DatasetError(
                    place: url,
                    reason: "the server sends more than the \(file.bytes) bytes expected")
            case CD_DISK:
                throw diskError("write", outcome.disk_error)
            default:
                if have == 0 { unlink(path) }
                throw DatasetError(
                    place: url,
                    reason: have == 0
                        ? reason
                        : "\(reason) (\(have) of \(file.bytes) bytes are in \(path); "
                            + "the next attempt goes on from there)")
            }
        }
    }

    /// Throws away what was received.
    private func restart(_ descriptor: Int32) throws -> Int {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw diskError("write", errno)
        }
        return 0
    }

    private func diskError(_ operation: String, _ code: Int32) -> DiskError {
        DiskError(path: path, operation: operation, code: code)
    }
}
