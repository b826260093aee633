import Foundation
import MartletTesting
import Testing

private let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

/// Small image files that would become huge ones.
@Suite struct ImageBombTests {
    /// Writes the files, runs the program on them, and prints its status and the most memory it had, in KiB.
    private static let script = """
        import pathlib, resource, struct, subprocess, sys, zlib
        program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        def png(width, height, *extra, colour=2):
            header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
            rows = zlib.compress((b"\\0" + b"\\1" * 3 * 8) * 8)
            return (b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + b"".join(extra)
                    + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
        # In pieces: the memory that this script had would count as the program's.
        packer = zlib.compressobj(9)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(400)) + packer.flush()
        files = {
            "text": png(8, 8, chunk(b"zTXt", b"k\\0\\0" + bomb)),
            "profile": png(8, 8, chunk(b"iCCP", b"p\\0\\0" + bomb)),
            "international": png(8, 8, chunk(b"iTXt", b"k\\0\\1\\0\\0\\0" + bomb)),
            "square": png(65535, 65535), "line": png(1, 1 << 30), "none": png(0, 0),
            "jpeg": b"\\xff\\xd8\\xff\\xc0\\0\\x11\\x08\\xff\\xff\\xff\\xff\\x03\\x01\\x22\\0\\x02\\x11\\1\\x03\\x11\\1",
            "bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 65535, 65535, 1, 24, 0, 0, 0, 0, 0, 0),
        }
        (folder / "data/a").mkdir(parents=True)
        for name, data in files.items():
            (folder / f"data/a/{name}.png").write_bytes(data)
        result = subprocess.run([program, "data", "check", "classification", f"data={folder}/data"],
                                capture_output=True, text=True)
        print(result.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        print(result.stdout, result.stderr)
        """

    @Test(
        "C1: headers that promise gigabytes and compressed text of gigabytes take no memory",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func bombs() throws {
        try withFolder { folder in
            let outcome = try Program.run(
                try #require(python), ["-c", Self.script, Martlet.path, folder])
            #expect(outcome.code == 0, "\(outcome.errors)")
            let numbers = outcome.output.prefix { $0 != "\n" }.split(separator: " ").compactMap {
                Int($0)
            }
            try #require(numbers.count == 2, "\(outcome.output)")
            #expect(numbers[0] == 3, "\(outcome.output)")
            #expect(numbers[1] < 256 * 1024, "\(numbers[1]) KiB of memory")
            for name in ["square", "line", "none", "jpeg", "bmp"] {
                #expect(
                    outcome.output.contains("a/\(name).png: "), "\(name) in \(outcome.output)")
            }
        }
    }
}
