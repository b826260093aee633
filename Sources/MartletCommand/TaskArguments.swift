internal import ArgumentParser
internal import MartletPipeline

/// A task with its settings, as every command takes them that looks at data before there is a run.
struct TaskArguments: ParsableArguments {
    @Argument(help: "The task; see martlet tasks.") var task: String
    @Argument(help: "Settings: data=DIR epochs=5 ...; martlet help TASK lists them.") var settings:
        [String] = []
    @Option(help: "A YAML file with settings; may be given several times.") var config: [String] =
        []

    /// The settings, checked as those of a training are.
    ///
    /// - Parameter readsData: whether the data must be there.
    func options<T: MartletPipeline.Task>(of type: T.Type, readsData: Bool = true) throws
        -> T.Options
    {
        let options = T.Options()
        try options.prepareTraining(files: config, arguments: settings, readsData: readsData)
        return options
    }
}
