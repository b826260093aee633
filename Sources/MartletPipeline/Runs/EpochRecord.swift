/// What is known after an epoch, in the order it is written.
struct EpochRecord {
    let values: [(name: String, value: Double)]

    func value(_ name: String) -> Double {
        values.first { $0.name == name }?.value ?? .nan
    }

    /// One JSON object; what is not finite becomes null.
    var json: String {
        let members = values.map { "\"\($0.name)\": \(EpochRecord.number($0.value) ?? "null")" }
        return "{" + members.joined(separator: ", ") + "}"
    }

    /// The shortest text that `Double` reads back as the same number; nil for what is not finite.
    static func number(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    init(values: [(name: String, value: Double)]) { self.values = values }

    /// Reads what `json` wrote; nil for anything else.
    init?(json: some StringProtocol) {
        guard json.hasPrefix("{"), json.hasSuffix("}"), json.count > 2 else { return nil }
        var values: [(name: String, value: Double)] = []
        for member in json.dropFirst().dropLast().split(separator: ",") {
            let parts = member.split(separator: ":").map { $0.drop { $0 == " " } }
            guard parts.count == 2, parts[0].count > 2, parts[0].hasPrefix("\""),
                parts[0].hasSuffix("\""),
                let value = parts[1] == "null" ? .nan : Double(parts[1])
            else { return nil }
            values.append((String(parts[0].dropFirst().dropLast()), value))
        }
        self.values = values
    }
}

/// What is known after a step.
struct StepRecord {
    /// Steps taken, this one included; the epoch it belongs to, from 1.
    let step: Int
    let epoch: Int
    /// The first phase's loss.
    let loss: Double
    let learningRate: Double
    /// The norm of the first phase's gradient before it was clipped to `training.clipNorm`; nil where it is not clipped.
    let gradientNorm: Double?
}
