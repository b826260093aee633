import Foundation
import MartletData
import MartletMetrics
import MartletTesting
import Testing

@testable import MartletVision

private let good = """
    <annotation>
      <filename>street.jpg</filename>
      <size><width>64</width><height>48</height><depth>3</depth></size>
      <object>
        <name>person &amp; dog</name>
        <pose>Left</pose>
        <truncated>1</truncated>
        <difficult>0</difficult>
        <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>
        <bndbox><xmax>20</xmax><xmin>1</xmin><ymin>3</ymin><ymax>48</ymax></bndbox>
      </object>
      <object>
        <name>cat</name>
        <bndbox><xmin>5.5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox>
        <occluded>1</occluded><difficult>1</difficult>
      </object>
    </annotation>
    """

/// Reads text as an annotation.
private func read(_ text: String, image: String? = nil) throws
    -> (VOCAnnotation, [AnnotationProblem])
{
    var problems: [AnnotationProblem] = []
    let annotation = try VOCAnnotation(
        XMLTree(Array(text.utf8), path: "a.xml"), path: "a.xml", image: image, problems: &problems)
    return (annotation, problems)
}

/// Annotations of Pascal VOC's form, one by one.
@Suite struct VOCTests {
    @Test func anAnnotationIsReadAndWritten() throws {
        let (annotation, problems) = try read(good)
        #expect(problems.isEmpty)
        #expect(annotation.filename == "street.jpg")
        #expect(annotation.size == ImageSize(height: 48, width: 64))
        // Corners are counted from 1 and inclusive; the part's box is not the object's.
        #expect(
            annotation.objects == [
                AnnotatedObject(
                    name: "person & dog", box: Box(x: 0, y: 2, width: 20, height: 46),
                    isTruncated: true),
                AnnotatedObject(
                    name: "cat", box: Box(x: 4.5, y: 5, width: 2.5, height: 3), isDifficult: true,
                    isOccluded: true),
            ])
        let (again, none) = try read(annotation.xml)
        #expect(again == annotation && none.isEmpty)
    }

    @Test("decimal corners come back as they were") func decimals() throws {
        for corner in ["1.1", "7.3", "0.000001", "63.999999", "12.345678"] {
            let text = good.replacingOccurrences(
                of: "<xmin>5.5</xmin>", with: "<xmin>\(corner)</xmin>"
            ).replacingOccurrences(of: "<xmax>7</xmax>", with: "<xmax>63.1</xmax>")
            guard let value = Double(corner), value >= 1, value <= 63.1 else { continue }
            let (annotation, _) = try read(text)
            #expect(annotation.xml.contains("<xmin>\(corner)</xmin>"), "\(annotation.xml)")
            #expect(annotation.xml.contains("<xmax>63.1</xmax>"), "\(annotation.xml)")
        }
    }

    @Test(
        "B2: what is odd is warned of with its line",
        arguments: [
            ("<xmax>20</xmax>", "<xmax>70</xmax>", "line 4: the box from (0.0, 2.0) to (70.0"),
            ("<xmin>5.5</xmin>", "<xmin>-3</xmin>", "line 12: the box from (-4.0, 5.0)"),
            ("<width>64</width>", "<width>4</width>", "line 12: the box from"),
            ("<difficult>1<", "<difficult>0.4<", "line 15: <difficult> is '0.4'; taken as 1"),
            (
                "</annotation>",
                """
                <object><name>cat</name>
                <bndbox><xmin>5.5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox></object></annotation>
                """, "line 17: the same object is there already: cat"
            ),
        ])
    func whatIsOdd(_ from: String, _ to: String, _ expected: String) throws {
        let (annotation, problems) = try read(good.replacingOccurrences(of: from, with: to))
        #expect(problems.contains { "\($0)".hasPrefix("a.xml: \(expected)") }, "\(problems)")
        #expect(problems.allSatisfy { $0.severity == .warning })
        let size = try #require(annotation.size)
        #expect(
            annotation.objects.allSatisfy {
                $0.box.area > 0 && $0.box.right <= Double(size.width)
                    && $0.box.bottom <= Double(size.height)
            })
    }

    @Test("the image tells the size where the file does not", arguments: ["0", "64"])
    func unknownSizes(_ width: String) throws {
        try withTemporaryFolder { folder in
            let image = folder.appendingPathComponent("a.png")
            try pattern(height: 30, width: 40).pngData().write(to: image)
            let text = good.replacingOccurrences(of: "<width>64", with: "<width>\(width)")
            let (annotation, _) = try read(text, image: image.path)
            let expected =
                width == "0" ? ImageSize(height: 30, width: 40) : ImageSize(height: 48, width: 64)
            #expect(annotation.size == expected)
            let (unknown, none) = try read(text)
            #expect((unknown.size == nil) == (width == "0") && none.isEmpty)
            try Data("nothing".utf8).write(to: image)
            if width == "0" {
                #expect(throws: DataError.self) { try read(text, image: image.path) }
            }
        }
    }

    @Test(
        "B2: what cannot be used is an error with its line, and the other objects are read",
        arguments: [
            ("<name>cat</name>", "", "line 12: the object has no <name>"),
            ("<name>cat</name>", "<name> </name>", "line 12: the object has no <name>"),
            ("<ymin>6</ymin>", "", "line 14: <bndbox> has no <ymin>"),
            ("<ymin>6</ymin>", "<ymin>nan</ymin>", "line 14: <ymin> is 'nan'"),
            ("<ymin>6</ymin>", "<ymin>1e308</ymin>", "line 14: <ymin> is '1e308'"),
            ("<ymin>6</ymin>", "<ymin>0x6</ymin>", "line 14: <ymin> is '0x6'"),
            ("<ymin>6</ymin>", "<ymin>six</ymin>", "line 14: <ymin> is 'six'"),
            ("<ymin>6</ymin>", "<ymin>60</ymin>", "line 14: the corners (5.5, 60)"),
            ("<difficult>1</difficult>", "<difficult>maybe</difficult>", "line 15: <difficult>"),
            (
                "<bndbox><xmin>5.5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox>", "",
                "line 12: the object 'cat' has no <bndbox>"
            ),
        ])
    func objectsThatCannotBeUsed(_ from: String, _ to: String, _ expected: String) throws {
        let (annotation, problems) = try read(good.replacingOccurrences(of: from, with: to))
        #expect(problems.count == 1 && problems[0].severity == .error)
        #expect("\(problems)".contains("a.xml: \(expected)"), "\(problems)")
        #expect(annotation.objects.map(\.name) == ["person & dog"])
    }

    @Test("B2: sizes that are none are errors", arguments: ["-64", "6.5", "1e308", "nan", ""])
    func sizes(_ width: String) throws {
        let (_, problems) = try read(
            good.replacingOccurrences(of: "<width>64<", with: "<width>\(width)<"))
        #expect(
            problems.contains { $0.severity == .error && $0.kind == .size && $0.place == "line 3" },
            "\(problems)")
    }

    @Test(
        "B1: files that are no annotations are refused with their line",
        arguments: [
            ("</annotation>", "", "line 17"), ("annotation>", "annotations>", "<annotations>"),
            ("<annotation>", "<!DOCTYPE annotation><annotation>", "document type"),
            (
                "<annotation>",
                "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><annotation>",
                "document type"
            ),
            (
                "<annotation>", "<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/a.dtd\"><annotation>",
                "type"
            ),
            (">cat<", ">&cat;<", "line 13: Entity 'cat' not defined"),
            ("<annotation>", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><annotation>", "UTF-16"),
            ("<annotation>", "<?xml version=\"1.0\" encoding=\"klingon\"?><annotation>", "klingon"),
            (">cat<", ">c\u{0}t<", "line 13"), ("</annotation>", "</annotation><more/>", "line 17"),
        ])
    func whatIsNoAnnotation(_ from: String, _ to: String, _ expected: String) throws {
        let error = try #require(throws: DataError.self) {
            try read(good.replacingOccurrences(of: from, with: to))
        }
        #expect(
            error.description.hasPrefix("a.xml: ") && error.description.contains(expected),
            "\(error)")
    }

    @Test("B1: bombs and depths are refused at once")
    func bombs() throws {
        var laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\">"
        for level in 1..<12 {
            let before = level == 1 ? "&lol;" : "&lol\(level - 1);"
            laughs += "<!ENTITY lol\(level) \"\(String(repeating: before, count: 10))\">"
        }
        let quadratic =
            "<!DOCTYPE a [<!ENTITY a \"\(String(repeating: "x", count: 100_000))\">]><annotation>"
            + String(repeating: "&a;", count: 20_000) + "</annotation>"
        let deep =
            String(repeating: "<a>", count: 1_000_000) + String(repeating: "</a>", count: 1_000_000)
        let wide = "<a>" + String(repeating: "<b/>", count: 1_100_000) + "</a>"
        for text in [laughs + "]><annotation>&lol11;</annotation>", quadratic, deep, wide] {
            let start = ContinuousClock.now
            #expect(throws: DataError.self) { try read(text) }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test("B1: 100 MB of nesting are refused unread")
    func hugeFiles() throws {
        try withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("a.xml").path
            try Data("<annotation><a>".utf8).write(to: URL(fileURLWithPath: path))
            #expect(truncate(path, 100_000_000) == 0)
            let error = #expect(throws: DataError.self) { try XMLTree(path: path) }
            #expect(error?.description.contains("at most 16777216") == true, "\(error as Any)")
        }
    }

    @Test("B1: XInclude and schemas of other files are elements like any other")
    func inclusion() throws {
        let (annotation, problems) = try read(
            good.replacingOccurrences(
                of: "<name>cat</name>",
                with: "<name>cat</name><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" "
                    + "href=\"/etc/hostname\" parse=\"text\"/>"))
        #expect(annotation.objects.count == 2 && problems.isEmpty)
        #expect(annotation.objects[1].name == "cat")
    }

    @Test("B1: UTF-16 is read where the file says so")
    func otherEncodings() throws {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n" + good
        let units: [UInt8] = text.utf16.flatMap { unit -> [UInt8] in
            [UInt8(unit & 255), UInt8(unit >> 8)]
        }
        let bytes: [UInt8] = [0xFF, 0xFE] + units
        let tree = try XMLTree(bytes, path: "a.xml")
        #expect(tree.children.count == 4)
        // A byte order mark of UTF-8 is passed over.
        #expect(try XMLTree([0xEF, 0xBB, 0xBF] + Array(good.utf8), path: "a.xml").line == 1)
    }
}
