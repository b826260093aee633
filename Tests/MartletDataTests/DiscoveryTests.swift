import Foundation
import MartletData
import Testing

/// Data sets for classification in folders, whole and broken.
@Suite struct DiscoveryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func images(_ shape: [Int]) -> [UInt8] {
        [0, 0, 8, UInt8(shape.count)] + shape.flatMap(big)
            + (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0) }
    }

    func labels(_ values: [UInt8]) -> [UInt8] { [0, 0, 8, 1] + big(values.count) + values }

    func writeIDX(_ values: [UInt8] = [0, 1, 2, 1], test: [UInt8]? = [2, 0]) throws {
        try folder.write(images([values.count, 2, 3]), "train-images-idx3-ubyte")
        try folder.write(labels(values), "train-labels-idx1-ubyte")
        guard let test else { return }
        try folder.write(images([test.count, 2, 3]), "t10k-images-idx3-ubyte")
        try folder.write(labels(test), "t10k-labels-idx1-ubyte")
    }

    func expectRefused(
        _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectError(
            DataError.self, mentioning: [folder.path] + words, sourceLocation: sourceLocation
        ) { try LabelledData(discovering: folder.path) }
    }

    // MARK: IDX

    @Test func findsIDX() throws {
        try writeIDX()
        let data = try LabelledData(discovering: folder.path)
        #expect(data.format == .idx && data.classes == ["0", "1", "2"] && data.knownName == nil)
        #expect(data.train?.labels == [0, 1, 2, 1] && data.test?.labels == [2, 0])
        guard case .pixels(let pixels) = data.train else {
            Issue.record("expected pixels")
            return
        }
        #expect((pixels.height, pixels.width, pixels.channels) == (2, 3, 1))
        #expect(pixels.image(1) == [6, 7, 8, 9, 10, 11])
        #expect(pixels.describe(1) == folder.file("train-images-idx3-ubyte") + ", image 1")
        #expect(
            "\(data)" == "IDX files in \(folder.path): 3 classes, 4 training and 2 test images of "
                + "3x2, grey")
    }

    @Test func findsIDXByOtherNames() throws {
        try folder.write(images([2, 2, 2, 3]), "emnist-train-images.idx3-ubyte")
        try folder.write(labels([1, 0]), "emnist-train-labels.idx1-ubyte")
        try folder.write("left\nright\n", "classes.txt")
        let data = try LabelledData(discovering: folder.path)
        #expect(data.classes == ["left", "right"] && data.test == nil)
        guard case .pixels(let pixels) = data.train else { return }
        #expect(pixels.channels == 3)
    }

    @Test func refusesBrokenIDX() throws {
        try writeIDX([0, 1, 200, 1])
        expectRefused(["train-labels-idx1-ubyte", "byte 10", "label 200 of image 2"])
        try writeIDX(test: [2, 3])
        expectRefused(["t10k-labels-idx1-ubyte", "byte 9", "label 3 of image 1", "less than 3"])
        try writeIDX()
        try folder.write(labels([0, 1, 2]), "train-labels-idx1-ubyte")
        expectRefused(["train-labels-idx1-ubyte", "3 labels", "expected 4"])
        try folder.write(images([4, 2, 3]).dropLast(), "train-images-idx3-ubyte")
        expectRefused(["train-images-idx3-ubyte"])
        try folder.write(labels([1]), "train-images-idx3-ubyte")
        expectRefused(["train-images-idx3-ubyte", "byte 2", "3 to 4 dimensions"])
        try writeIDX()
        try folder.write(images([2, 3, 3]), "t10k-images-idx3-ubyte")
        expectRefused(["t10k-images-idx3-ubyte", "3x3", "3x2"])
        try writeIDX([0, 1, 2, 1], test: nil)
        try FileManager.default.removeItem(atPath: folder.file("train-labels-idx1-ubyte"))
        expectRefused(["train-images-idx3-ubyte", "train-labels-idx1-ubyte or the same with .gz"])
    }

    // MARK: CIFAR-10

    static let record = 3073
    static let names = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse",
        "ship", "truck",
    ]

    func writeCIFAR(in prefix: String = "", perFile: Int = 2) throws {
        for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
            var bytes: [UInt8] = []
            for image in 0..<perFile {
                bytes.append(UInt8(image))
                for channel in 1...3 {
                    bytes += (0..<1024).map { UInt8(truncatingIfNeeded: $0 * channel) }
                }
            }
            try folder.write(bytes, prefix + name)
        }
        try folder.write(
            Self.names.joined(separator: "\n") + "\n\n", prefix + "batches.meta.txt")
    }

    @Test(arguments: ["", "cifar-10-batches-bin/"]) func findsCIFAR(prefix: String) throws {
        try writeCIFAR(in: prefix)
        let data = try LabelledData(discovering: folder.path)
        #expect(data.format == .cifar10 && data.classes == Self.names)
        #expect(data.train?.count == 10 && data.test?.labels == [0, 1])
        guard case .pixels(let pixels) = data.train else { return }
        #expect((pixels.height, pixels.width, pixels.channels) == (32, 32, 3))
        #expect(Array(pixels.image(9)[6..<12]) == [2, 4, 6, 3, 6, 9])
        #expect(pixels.describe(3).hasSuffix("data_batch_2.bin, image 1"))
        #expect("\(data)".hasSuffix("10 classes, 10 training and 2 test images of 32x32, colour"))
    }

    @Test func refusesBrokenCIFAR() throws {
        try writeCIFAR()
        var bytes = try folder.bytes("data_batch_3.bin")
        bytes[Self.record] = 10
        try folder.write(bytes, "data_batch_3.bin")
        expectRefused(["data_batch_3.bin", "byte 3073", "label 10 of image 1", "less than 10"])
        for length in [1, Self.record - 1, Self.record + 1] {
            try folder.write(Array(bytes[..<length]), "data_batch_3.bin")
            expectRefused(["data_batch_3.bin", "the last record has", "records of 3073 bytes"])
        }
        try folder.write([], "data_batch_3.bin")
        expectRefused(["data_batch_3.bin", "empty"])
        try FileManager.default.removeItem(atPath: folder.file("data_batch_3.bin"))
        try FileManager.default.removeItem(atPath: folder.file("batches.meta.txt"))
        expectRefused(["data_batch_3.bin, batches.meta.txt missing"])
        try writeCIFAR()
        try folder.write("cat\ndog\n", "batches.meta.txt")
        expectRefused(["batches.meta.txt", "2 class names", "10, one a line"])
    }

    // MARK: Class folders

    func writeFolders(_ parts: [String], classes: [String] = ["cat", "dog"]) throws {
        for part in parts {
            for name in classes { try folder.write("x", "\(part)\(name)/1.jpg") }
        }
    }

    @Test(arguments: ["val", "valid", "validation"]) func findsParts(validation: String) throws {
        try writeFolders(["train/", "\(validation)/", "test/"])
        try folder.write("x", "train/dog/2.PNG")
        let data = try LabelledData(discovering: folder.path)
        #expect(data.format == .classFolders && data.classes == ["cat", "dog"])
        #expect(data.train?.labels == [0, 1, 1])
        #expect(data.validation?.count == 2 && data.test?.count == 2)
        #expect(data.train?.describe(2) == folder.file("train/dog/2.PNG"))
        #expect(
            "\(data)" == "class folders in \(folder.path): 2 classes, 3 training, 2 validation and "
                + "2 test images")
    }

    @Test func fingerprintsStandForFilesAndLabelsAlone() throws {
        try writeFolders(["here/train/", "here/test/", "there/train/", "there/test/"])
        func fingerprint(_ name: String) throws -> ContentHash {
            try LabelledData(discovering: folder.file(name)).fingerprint
        }
        let here = try fingerprint("here")
        #expect(try fingerprint("there") == here)
        try folder.write("x", "there/test/cat/another.jpg")
        #expect(try fingerprint("there") != here)
    }

    @Test func findsOneFolder() throws {
        try writeFolders([""])
        let data = try LabelledData(discovering: folder.path)
        #expect(data.train?.count == 2 && data.validation == nil && data.test == nil)
    }

    @Test func refusesOtherClassesInAPart() throws {
        try writeFolders(["train/"])
        try writeFolders(["test/"], classes: ["cat", "cow"])
        expectRefused(["/test", "it has no 'dog'", "only it has 'cow'", "/train"])
    }

    @Test func refusesWhatItDoesNotKnow() throws {
        expectRefused(["the folder is empty", "class folders", "IDX files", "CIFAR-10"])
        try folder.write("x", "notes.txt")
        expectRefused(["no known data set"])
        try writeFolders(["train/", "val/", "valid/"])
        expectRefused(["val and valid side by side"])
        let file = try folder.write("x", "file")
        expectError(DataError.self, mentioning: [file, "it is a file"]) {
            try LabelledData(discovering: file)
        }
        expectError(DataError.self, mentioning: ["nowhere", "No such file"]) {
            try LabelledData(discovering: folder.file("nowhere"))
        }
    }
}
