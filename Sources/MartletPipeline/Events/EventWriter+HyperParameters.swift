internal import SwiftProtobuf

extension EventWriter {
    /// What TensorBoard's table of runs lists for this one: settings and, as columns, the tags of metrics.
    ///
    /// - Parameters:
    ///   - settings: keys with their values as text: what reads as a number or as true or false is told as such.
    ///   - metrics: tags of scalars.
    ///   - name: of the run.
    ///   - started: seconds since 1970.
    public func hyperParameters(
        _ settings: [(key: String, value: String)], metrics: [String], name: String, started: Double
    ) throws {
        let values = settings.map { (name: $0.key, value: TBValue(text: $0.value)) }
        try session("experiment") {
            $0.experiment.timeCreatedSecs = started
            $0.experiment.hparamInfos = values.map { name, value in
                TBHParamInfo.with {
                    $0.name = name
                    $0.type = value.type
                }
            }
            $0.experiment.metricInfos = metrics.map { tag in
                TBMetricInfo.with { $0.name.tag = tag }
            }
        }
        try session("session_start_info") {
            $0.sessionStartInfo.hparams = Dictionary(
                values.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
            $0.sessionStartInfo.groupName = name
            $0.sessionStartInfo.startTimeSecs = started
        }
    }

    /// That the run ended, at a time in seconds since 1970.
    public func sessionEnd(succeeded: Bool, at time: Double) throws {
        try session("session_end_info") {
            $0.sessionEndInfo.status = succeeded ? .success : .failure
            $0.sessionEndInfo.endTimeSecs = time
        }
    }

    private func session(_ name: String, _ fill: (inout TBHParamsPluginData) -> Void) throws {
        let content = TBHParamsPluginData.with(fill)
        try value("_hparams_/\(name)", step: 0) {
            try $0.plugin("hparams", content)
            // The plugin reads the metadata alone, but values need something.
            $0.tensor.dtype = .dtFloat
            $0.tensor.tensorShape = TBTensorShapeProto([0])
        }
    }
}

extension TBValue {
    fileprivate init(text: String) {
        self.init()
        if let number = Double(text), number.isFinite {
            numberValue = number
        } else if text == "true" || text == "false" {
            boolValue = text == "true"
        } else {
            stringValue = text
        }
    }

    fileprivate var type: TBHParamInfo.DataType {
        switch kind {
        case .numberValue: .float64
        case .boolValue: .bool
        case .stringValue: .string
        case nil: .unset
        }
    }
}
