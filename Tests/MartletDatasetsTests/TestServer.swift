import Foundation
import Synchronization

/// An HTTP server for one test, on a port of its own, that can be told to misbehave.
final class TestServer: Sendable {
    struct Behaviour: Sendable {
        /// What lies on the server, by path.
        var files: [String: [UInt8]]
        /// Whether it can send the rest of a file.
        var hasRanges = true
        /// After how many bytes of a body it hangs up, for each request in turn; later ones are served whole.
        var hangUps: [Int] = []
        /// What each path leads on to.
        var redirects: [String: String] = [:]
    }

    /// The first byte asked for, request after request.
    private let asked = Mutex<[Int]>([])
    private let behaviour: Behaviour
    private let socket: Int32
    let address: String

    init(_ behaviour: Behaviour) throws {
        self.behaviour = behaviour
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let status = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 8) == 0
                    && getsockname(socket, $0, &length) == 0
            }
        }
        guard status else { throw POSIXError(.EADDRNOTAVAIL) }
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        Thread { [weak self] in
            while true {
                let client = accept(socket, nil, nil)
                guard client >= 0 else { return }
                self?.answer(client)
                close(client)
            }
        }.start()
    }

    deinit {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }

    /// The first byte that each request so far asked for.
    var offsets: [Int] { asked.withLock { $0 } }

    private func answer(_ client: Int32) {
        var request = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !request.contains("\r\n\r\n") {
            let count = recv(client, &buffer, buffer.count, 0)
            if count <= 0 { return }
            request += String(decoding: buffer[..<count], as: UTF8.self)
        }
        let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let range = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("range:") }
        let wanted =
            range?.split(separator: "=").last?.split(separator: "-").first
            .flatMap { Int($0) } ?? 0
        let number = asked.withLock { asked in
            asked.append(wanted)
            return asked.count - 1
        }
        if let target = behaviour.redirects[path] {
            reply(client, "302 Found\r\nLocation: \(target)", [])
            return
        }
        guard let file = behaviour.files[path] else {
            reply(client, "404 Not Found", [])
            return
        }
        let first = behaviour.hasRanges ? wanted : 0
        let body = Array(file.dropFirst(first))
        let status =
            first > 0
            ? "206 Partial Content\r\nContent-Range: bytes \(first)-\(file.count - 1)/\(file.count)"
            : "200 OK"
        let sent = number < behaviour.hangUps.count ? behaviour.hangUps[number] : body.count
        reply(client, status, Array(body.prefix(sent)), length: body.count)
    }

    private func reply(_ client: Int32, _ status: String, _ body: [UInt8], length: Int? = nil) {
        let head =
            "HTTP/1.1 \(status)\r\nContent-Length: \(length ?? body.count)\r\nConnection: close\r\n\r\n"
        let bytes = Array(head.utf8) + body
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(
                    client, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL)
                )
            }
            if count <= 0 { return }
            done += count
        }
    }
}
