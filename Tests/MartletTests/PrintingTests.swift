import Foundation
import Martlet
import Testing

@Suite("Printing")
struct PrintingTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let input: Values
        let options: Options
        let text: String
        var testDescription: String { name }

        struct Values: Decodable, Sendable {
            let type: String
            let shape: [Int]
            let values: [Number]
        }
        struct Options: Decodable, Sendable {
            let precision: Int?
            let edgeitems: Int?
            let linewidth: Int?
            let sciMode: Bool?
            enum CodingKeys: String, CodingKey {
                case precision, edgeitems, linewidth
                case sciMode = "sci_mode"
            }
        }
        struct Number: Decodable, Sendable {
            let value: Double
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Double.self) {
                    value = number
                } else if let flag = try? container.decode(Bool.self) {
                    value = flag ? 1 : 0
                } else {
                    value = try #require(Double(try container.decode(String.self)))
                }
            }
        }
    }

    private static func cases() throws -> [Case] {
        let folder = try #require(Bundle.module.resourceURL?.appendingPathComponent("Fixtures"))
        let data = try Data(contentsOf: folder.appendingPathComponent("printing.json"))
        return try JSONDecoder().decode([Case].self, from: data)
    }

    @Test(arguments: try cases())
    func agreesWithPyTorch(_ fixture: Case) throws {
        let dtype = try #require(DType.allCases.first { $0.name == fixture.input.type })
        let x = Tensor(fixture.input.values.map(\.value), shape: fixture.input.shape).to(dtype)
        var options = PrintOptions()
        if let precision = fixture.options.precision { options.precision = precision }
        if let edgeItems = fixture.options.edgeitems { options.edgeItems = edgeItems }
        if let lineWidth = fixture.options.linewidth { options.lineWidth = lineWidth }
        options.scientific = fixture.options.sciMode
        #expect(x.formatted(options) == fixture.text)
    }

    @Test func gradientsAreMentioned() {
        let x = Tensor([1, 2] as [Float]).requiringGrad()
        #expect("\(x)" == "tensor([1., 2.], requiresGrad=true)")
        #expect("\(x * 2)" == "tensor([2., 4.], operation=mul)")
    }
}
