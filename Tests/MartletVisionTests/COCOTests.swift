import Foundation
import MartletData
import MartletMetrics
import MartletTesting
import Testing

@testable import MartletVision

private let good = """
    {"info": {"year": 2017, "deep": [[[{}]]]},
    "images": [
    {"id": 11, "file_name": "a.png", "width": 32, "height": 24, "license": 1},
    {"id": 12, "file_name": "sub/b.png", "width": 32, "height": 24},
    {"id": 13, "file_name": "c.png"}],
    "annotations": [
    {"id": 1, "image_id": 11, "category_id": 7, "bbox": [1.5, 2, 10.25, 9], "area": 50.5, "iscrowd": 0, "segmentation": [[1, 2, 3, 4, 5, 6]]},
    {"id": 2, "image_id": 12, "category_id": 3, "bbox": [0, 0, 32, 24], "area": 768, "iscrowd": 1, "segmentation": {"counts": [1, 2], "size": [24, 32]}},
    {"image_id": 11, "category_id": 3, "bbox": [4, 4, 1e1, 2.0e0]}],
    "categories": [{"id": 7, "name": "zebra", "supercategory": "animal"}, {"id": 3, "name": "person"}]}
    """

/// Data sets of COCO's form.
@Suite struct COCOTests {
    private func write(_ json: String, _ url: URL) throws -> String {
        let folder = DataFolder(url)
        for name in ["a", "sub/b", "c"] { try folder.writeImage("images/\(name).png") }
        try folder.write(json, "annotations/instances_train2017.json")
        return url.path
    }

    @Test func aTreeIsFound() throws {
        try withTemporaryFolder { url in
            let path = try write(good, url)
            try DataFolder(url).write("{}", "annotations/captions_train2017.json")
            try DataFolder(url).write(
                """
                {"images": [{"id": 1, "file_name": "val/d.png", "height": 24, "width": 32}],
                "annotations": [], "categories": [{"id": 1, "name": "apple"}]}
                """, "annotations/instances_val2017.json")
            try DataFolder(url).writeImage("images/val/d.png")
            let data = try DetectionData(discovering: path)
            #expect(data.format == .coco && data.classes == ["apple", "person", "zebra"])
            #expect(data.problems.isEmpty, "\(data.problems)")
            let images = try #require(data.train)
            #expect(images.map(\.path) == ["a", "sub/b", "c"].map { "\(path)/images/\($0).png" })
            #expect(
                images[0].objects == [
                    AnnotatedObject(
                        name: "zebra", box: Box(x: 1.5, y: 2, width: 10.25, height: 9), area: 50.5),
                    AnnotatedObject(name: "person", box: Box(x: 4, y: 4, width: 10, height: 2)),
                ])
            #expect(images[1].objects.first?.isCrowd == true)
            // Neither told nor annotated: the size is the image's.
            #expect(images[2].size == ImageSize(height: 24, width: 32) && images[2].objects.isEmpty)
            #expect(data.validation?.count == 1 && data.test == nil)
            let file = try DetectionData(
                discovering: path + "/annotations/instances_train2017.json")
            #expect((file.train?.count ?? 0) + (file.validation?.count ?? 0) == 3)
        }
    }

    @Test("B3: what cannot be used is an error with its id and byte, and the rest is read")
    func whatCannotBeUsed() throws {
        let cases: [(String, String, String, String)] = [
            (
                "\"bbox\": [4, 4, 1e1, 2.0e0]", "\"bbox\": [4, 4, 10]", "annotation (byte",
                "3 numbers"
            ),
            (
                "\"bbox\": [4, 4, 1e1, 2.0e0]", "\"bbox\": [1,2,3,4,5]", "annotation (byte",
                "more than 4"
            ),
            ("[1.5, 2, 10.25, 9]", "[1.5, 2, -10.25, 9]", "annotation 1 (byte", "-10.25"),
            ("[1.5, 2, 10.25, 9]", "[1.5, 2, 1e300, 9]", "annotation 1 (byte", "0 or more"),
            ("[1.5, 2, 10.25, 9]", "\"1.5 2 10 9\"", "annotation 1 (byte", "a list of numbers"),
            ("[1.5, 2, 10.25, 9]", "[1.5, null, 10, 9]", "annotation 1 (byte", "a list of numbers"),
            ("[1.5, 2, 10.25, 9]", "{\"x\": 1}", "annotation 1 (byte", "a list of numbers"),
            ("\"bbox\": [1.5, 2, 10.25, 9], ", "", "annotation 1 (byte", "no \"bbox\""),
            ("\"image_id\": 12", "\"image_id\": 99", "annotation 2 (byte", "no image 99"),
            ("\"image_id\": 12", "\"image_id\": 12.5", "annotation 2 (byte", "whole number"),
            ("\"image_id\": 12", "\"image_id\": 1e30", "annotation 2 (byte", "whole number"),
            ("\"category_id\": 7", "\"category_id\": 8", "annotation 1 (byte", "no category 8"),
            (
                "\"category_id\": 7", "\"category_id\": null", "annotation 1 (byte",
                "no \"category_id\""
            ),
            ("\"iscrowd\": 1", "\"iscrowd\": 2", "annotation 2 (byte", "0 or 1"),
            ("\"area\": 50.5", "\"area\": -1", "annotation 1 (byte", "\"area\" is -1"),
            ("\"iscrowd\": 1", "\"image_id\": 12", "annotation 2 (byte", "there twice"),
            ("\"id\": 2", "\"id\": 1", "annotation 1 (byte", "there already"),
            ("\"id\": 13", "\"id\": 11", "image 11 (byte", "there already"),
            ("\"id\": 13, ", "", "image (byte", "no \"id\""),
            (
                "\"file_name\": \"c.png\"", "\"file_name\": \"absent.png\"", "image 13 (byte",
                "'absent.png'"
            ),
            (
                "\"file_name\": \"c.png\"", "\"file_name\": \"../../../etc/passwd\"",
                "image 13 (byte",
                "no image"
            ),
            (
                "\"file_name\": \"c.png\"", "\"file_name\": \"x/a.png\"", "image 13 (byte",
                "same file"
            ),
            (
                "\"width\": 32, \"height\": 24, ", "\"width\": -1, \"height\": 24, ",
                "image 11 (byte", "-1x24"
            ),
            ("\"id\": 3, ", "\"id\": 7, ", "category 7 (byte", "there already"),
            ("{\"id\": 3, \"name\": \"person\"}", "17", "category (byte", "no object"),
            ("\"name\": \"person\"", "\"name\": 5", "category 3 (byte", "expected a text"),
        ]
        for (from, to, place, message) in cases {
            try withTemporaryFolder { url in
                let path = try write(good.replacingOccurrences(of: from, with: to), url)
                let error = #expect(throws: DataError.self) { try DetectionData(discovering: path) }
                #expect(error?.place?.hasPrefix(place) == true, "\(to): \(error as Any)")
                #expect(error?.description.contains(message) == true, "\(to): \(error as Any)")
                let data = try DetectionData(discovering: path, skippingBad: true)
                #expect((1...3).contains((data.train?.count ?? 0) + (data.validation?.count ?? 0)))
            }
        }
    }

    @Test("B3: what is no JSON is refused with its byte")
    func whatIsNoJSON() throws {
        let deep = String(repeating: "[", count: 100_000)
        let info = "\"info\": {\"year\": 2017, \"deep\": [[[{}]]]}"
        let changes: [(from: String, to: String, message: String)] = [
            ("10.25", "NaN", "'N'"), ("10.25", "1e999", "'1e999'"),
            ("10.25", "01", "leading zeros"), ("10.25", "1.", "expected a value"),
            ("10.25", deep, "at most 512 deep"), ("2017", deep, "at most 512 deep"),
            ("2017", "tru", "expected a value"), ("\"a.png\"", "\"\\ud800\"", "surrogate"),
            ("\"a.png\"", "\"a\u{1}\"", "control"), (info, "\"images\": []", "it once"),
            ("\"categories\"", "\"cats\"", "no \"categories\""),
        ]
        var cases: [(String, String, String)] = [
            ("", "byte 0", "the text ends"), ("[]", "byte 0", "expected '{'"),
            (good + "x", "byte \(good.utf8.count)", "the end of the file"),
            (String(good.dropLast()), "byte \(good.utf8.count - 1)", "the text ends"),
        ]
        for change in changes {
            let json = good.replacingOccurrences(of: change.from, with: change.to)
            cases.append((json, "byte", change.message))
        }
        for (json, place, message) in cases {
            let error = #expect(throws: DataError.self) {
                try COCOFile(Array(json.utf8), path: "x.json")
            }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("x.json: \(place)") && text.contains(message), "\(text)")
        }
        #expect(throws: Never.self) {
            try COCOFile([0xEF, 0xBB, 0xBF] + Array(good.utf8), path: "x.json")
        }
    }

    @Test func numbersAreTheNearestDoubles() throws {
        for text in [
            "0", "-0.0", "473.07", "0.1", "123456789012345", "1234567890123456789",
            "0.30000000000000004",
            "2.2250738585072014e-308", "9007199254740993", "1E+2", "1.7976931348623157e308",
            "0.000000000000001", "99999999999999.9",
        ] {
            let value = Array(text.utf8).withUnsafeBufferPointer { bytes in
                var scanner = JSONScanner(bytes)
                return try? scanner.number()
            }
            #expect(value?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test func classesOfOneNameAreOneClass() throws {
        try withTemporaryFolder { url in
            let path = try write(
                good.replacingOccurrences(of: "zebra", with: "person"), url)
            let data = try DetectionData(discovering: path)
            #expect(data.classes == ["person"])
            #expect(data.problems.map(\.kind) == [.classes], "\(data.problems)")
        }
    }

    @Test("B3: a million annotations are read in seconds")
    func scale() throws {
        let count = 100_000 * min(Fuzzing.scale, 10)
        var json = "{\"images\": ["
        json += (0..<1000).map {
            "{\"id\": \($0), \"file_name\": \"\($0).jpg\", \"width\": 640, \"height\": 480}"
        }.joined(separator: ",\n")
        json += "], \"categories\": [{\"id\": 1, \"name\": \"thing\"}], \"annotations\": ["
        json += (0..<count).map {
            "{\"segmentation\": [[239.97, 260.24, 222.04, 270.49, 199.84, 253.41, 213.5, 227.79]], "
                + "\"area\": 2765.14, \"iscrowd\": 0, \"image_id\": \($0 % 1000), "
                + "\"bbox\": [\($0 % 500).84, 200.46, 77.71, 70.88], \"category_id\": 1, \"id\": \($0)}"
        }.joined(separator: ",\n")
        json += "]}"
        let bytes = Array(json.utf8)
        let clock = ContinuousClock()
        var file: COCOFile?
        let time = try clock.measure { file = try COCOFile(bytes, path: "x.json") }
        print("\(count) annotations, \(bytes.count >> 20) MiB, in \(time)")
        #expect(file?.objects.count == count && file?.faults.isEmpty == true)
        #expect(time < .seconds(10))
    }

    @Test(.enabled(if: largerData != nil, "MARTLET_DATA is not set")) func realFiles() throws {
        let coco = try DetectionData(discovering: (largerData ?? "") + "/tiny_coco")
        print("\(coco)\n\(coco.problems.prefix(3))")
        #expect(coco.classes.count == 80 && coco.classes[0] == "person")
        let facade = try DetectionData(discovering: (largerData ?? "") + "/facade")
        print("\(facade)\n\(facade.problems.prefix(3))")
        #expect(facade.classes.count == 10 && facade.validation?.isEmpty == false)
    }
}
