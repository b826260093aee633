import Foundation
import MartletTesting
import Testing

/// The JSON Schema of settings against Martlet itself. JSON is YAML, so that one file serves both.
@Suite struct SchemaTests {
    private static let accepted = [
        "null", "{}", #"{"epochs": 3}"#, #"{"epochs": "auto"}"#, #"{"lr": 1}"#, #"{"lr": 1e-3}"#,
        #"{"data": "a"}"#, #"{"data": 2024}"#, #"{"data": true}"#, #"{"model": "lenet"}"#,
        #"{"model": "auto"}"#, #"{"precision": "bf16"}"#, #"{"optimizer": {}}"#,
        #"{"optimizer": {"name": "lion", "momentum": 0.99, "amsgrad": true}}"#,
        #"{"optimizer": {"amsgrad": 1, "nesterov": false}}"#,
        #"{"schedule": {"milestones": [1, 2], "name": "multistep"}}"#,
        #"{"schedule": {"milestones": []}}"#, #"{"augment": {"flip": "auto"}}"#,
        #"{"image": {"size": 4096}}"#, #"{"inherit": "base.json"}"#,
        #"{"inherit": ["base.json", "base.json"], "topk": 1}"#,
    ]
    private static let refused = [
        "[]", "3", #"{"epoch": 3}"#, #"{"epochs": 0}"#, #"{"epochs": 2.5}"#, #"{"epochs": "3"}"#,
        #"{"epochs": null}"#, #"{"epochs": [3]}"#, #"{"epochs": {"a": 3}}"#, #"{"lr": -1}"#,
        #"{"lr": "fast"}"#, #"{"data": null}"#, #"{"data": ["a"]}"#, #"{"precision": "fp16"}"#,
        #"{"optimizer": "adam"}"#, #"{"optimizer": {"momentum": 1}}"#,
        #"{"optimizer": {"amsgrad": "maybe"}}"#, #"{"optimizer": {"amsgrad": 2}}"#,
        #"{"schedule": {"milestones": 3}}"#, #"{"schedule": {"milestones": [0]}}"#,
        #"{"schedule": {"milestones": ["3"]}}"#, #"{"optimizer.name": "adam"}"#,
        #"{"inherit": null}"#, #"{"inherit": {"a": 1}}"#, #"{"image": {"size": 4097}}"#,
    ]

    private static let script = """
        import json, sys
        import jsonschema
        schema = json.load(open("schema.json"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for line in open("instances.txt"):
            print("yes" if validator.is_valid(json.loads(line)) else "no")
        """

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["MARTLET_PYTHON"] != nil,
            "MARTLET_PYTHON is not set"))
    func agreesWithMartlet() throws {
        try withFolder { folder in
            func write(_ text: String, _ name: String) throws {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            try write("{}", "base.json")
            let schema = try Martlet.run("schema", "classification", in: folder)
            #expect(schema.code == 0)
            try write(schema.output, "schema.json")
            let instances = Self.accepted + Self.refused
            try write(instances.joined(separator: "\n"), "instances.txt")
            let python = try #require(ProcessInfo.processInfo.environment["MARTLET_PYTHON"])
            let check = try Program.run(python, ["-c", Self.script], in: folder)
            #expect(check.code == 0, "\(check.errors)")
            let verdicts = check.output.split(separator: "\n")
            try #require(verdicts.count == instances.count)
            for (i, instance) in instances.enumerated() {
                try write(instance, "c.json")
                let outcome = try Martlet.run(
                    "train", "classification", "--print-config", "--config", "c.json", in: folder)
                let isAccepted = i < Self.accepted.count
                #expect(outcome.code == (isAccepted ? 0 : 2), "\(instance): \(outcome.errors)")
                #expect(verdicts[i] == (isAccepted ? "yes" : "no"), "the schema on \(instance)")
            }
        }
    }

    @Test func everySettingIsInIt() throws {
        try withFolder { folder in
            let text = try Martlet.run("schema", "classification", in: folder).output
            let schema = try #require(
                JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
            let properties = try #require(schema["properties"] as? [String: [String: Any]])
            let optimizer = try #require(
                properties["optimizer"]?["properties"] as? [String: [String: Any]])
            let beta = try #require(optimizer["beta1"])
            #expect(beta["default"] as? Double == 0.9 && beta["minimum"] as? Int == 0)
            #expect(beta["exclusiveMaximum"] as? Int == 1)
            #expect(properties["epochs"]?["default"] as? String == "auto")
            #expect(properties["data"]?["description"] as? String == "the folder with the data")
        }
    }
}
