import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletTesting
import MartletVision
import Testing

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

/// Reads text as an annotation; what was warned of as `line: message`.
private func read(_ text: String, size: ImageSize? = nil) throws -> (VOCAnnotation, [String]) {
    var warnings: [String] = []
    let annotation = try VOCAnnotation(
        XMLTree(Array(text.utf8), path: "a.xml"), path: "a.xml", actualSize: size
    ) { warnings.append("\($0): \($1)") }
    return (annotation, warnings)
}

@Suite struct VOCTests {
    @Test func anAnnotationIsReadAndWritten() throws {
        let (annotation, warnings) = try read(good)
        #expect(warnings.isEmpty)
        #expect(annotation.filename == "street.jpg")
        #expect(annotation.size == ImageSize(height: 48, width: 64))
        // Corners are counted from 1 and inclusive; the part's box is not the object's.
        let expected = [
            VOCAnnotation.Object(
                name: "person & dog", box: Box(x: 0, y: 2, width: 20, height: 46),
                isTruncated: true, pose: "Left", line: 4),
            VOCAnnotation.Object(
                name: "cat", box: Box(x: 4.5, y: 5, width: 2.5, height: 3), isDifficult: true,
                isOccluded: true, line: 12),
        ]
        #expect(annotation.objects == expected)
        var (again, _) = try read(annotation.xml)
        for index in again.objects.indices {
            again.objects[index] = VOCAnnotation.Object(
                name: again.objects[index].name, box: again.objects[index].box,
                isDifficult: again.objects[index].isDifficult,
                isTruncated: again.objects[index].isTruncated,
                isOccluded: again.objects[index].isOccluded, pose: expected[index].pose,
                line: expected[index].line)
        }
        #expect(again == annotation)
    }

    @Test(
        "B2: what is odd is warned of with its line",
        arguments: [
            ("<xmax>20</xmax>", "<xmax>70</xmax>", "4: the box reaches beyond the image"),
            ("<xmin>5.5</xmin>", "<xmin>-3</xmin>", "12: the box reaches beyond the image"),
            ("<width>64</width>", "<width>4</width>", "12: the box has no area within the image"),
        ])
    func whatIsOdd(_ from: String, _ to: String, _ expected: String) throws {
        let (_, warnings) = try read(good.replacingOccurrences(of: from, with: to))
        #expect(warnings.contains { $0.hasPrefix(expected) }, "\(warnings)")
    }

    @Test func theImageCountsMoreThanTheFile() throws {
        let (annotation, warnings) = try read(good, size: ImageSize(height: 40, width: 60))
        #expect(annotation.size == ImageSize(height: 40, width: 60))
        #expect(warnings.first == "3: the image is 60x40, not 64x48")
        let (unknown, none) = try read(
            good.replacingOccurrences(of: "64", with: "0")
                .replacingOccurrences(of: "<height>48", with: "<height>0"))
        #expect(unknown.size == nil && none.isEmpty)
    }

    @Test(
        "B2: what cannot be used is refused with its line",
        arguments: [
            ("<name>cat</name>", "", "line 12: the object has no <name>"),
            ("<name>cat</name>", "<name> </name>", "line 12: the object has no <name>"),
            ("<ymin>6</ymin>", "", "line 14: <bndbox> has no <ymin>"),
            ("<ymin>6</ymin>", "<ymin>nan</ymin>", "line 14: <ymin> is \"nan\""),
            ("<ymin>6</ymin>", "<ymin>1e308</ymin>", "line 14: <ymin> is \"1e308\""),
            ("<ymin>6</ymin>", "<ymin>six</ymin>", "line 14: <ymin> is \"six\""),
            ("<ymin>6</ymin>", "<ymin>60</ymin>", "line 14: the corners"),
            ("<width>64</width>", "<width>-64</width>", "line 3: a size of"),
            ("<difficult>1</difficult>", "<difficult>2</difficult>", "line 15: <difficult>"),
            ("</annotation>", "", "line 16"), ("annotation>", "annotations>", "<annotations>"),
            ("<annotation>", "<!DOCTYPE annotation><annotation>", "document type"),
            (
                "<annotation>",
                "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><annotation>",
                "document type"
            ), (">cat<", ">&cat;<", "'cat'"),
            ("<annotation>", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><annotation>", "UTF-16"),
            (">cat<", ">c\u{0}t<", "line"), ("</annotation>", "</annotation><more/>", "line 17"),
        ])
    func whatCannotBeUsed(_ from: String, _ to: String, _ expected: String) throws {
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
            String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
        for text in [laughs + "]><annotation>&lol11;</annotation>", quadratic, deep] {
            let start = ContinuousClock.now
            #expect(throws: DataError.self) { try read(text) }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
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
    }

    @Test("A13: mutants of annotations are read or refused")
    func mutants() throws {
        let words = [
            "<annotation>", "</object>", "<xmin>", "1e308", "nan", "-1", "&amp;", "&lt",
            "<![CDATA[",
            "<!DOCTYPE a>", "<!--", "]]>", "\u{FEFF}", "<?xml version='1.0' encoding='UTF-16'?>",
        ]
        var mutations = Mutations(
            of: [Array(good.utf8)], words: words, generator: Generator(seed: 21))
        var (accepted, refused) = (0, 0)
        for _ in 0..<2000 {
            let bytes = mutations.next()
            do {
                let tree = try XMLTree(bytes, path: "a.xml")
                let annotation = try VOCAnnotation(tree, path: "a.xml") { _, _ in }
                #expect(annotation.objects.allSatisfy { $0.box.area > 0 && !$0.name.isEmpty })
                accepted += 1
            } catch {
                #expect(error.description.hasPrefix("a.xml: "))
                refused += 1
            }
        }
        #expect(accepted > 10 && refused > 100, "\(accepted) accepted, \(refused) refused")
    }
}
