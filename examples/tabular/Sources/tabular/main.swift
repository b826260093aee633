import Foundation
import MartletCommand
import MartletData
import MartletPipeline
import TabularTask

/// `tabular cross-validate OUT data=FILE ...`, beside everything that `martlet` does.
func crossValidate(_ words: [String]) -> Int32 {
    guard let out = words.first, !out.contains("=") else {
        Log.info("usage: tabular cross-validate OUT data=FILE [folds=5] [SETTING=VALUE ...]")
        return 2
    }
    do {
        print(try CrossValidation(Array(words.dropFirst()), out: out).report)
        return 0
    } catch {
        Log.info("tabular: \(error)")
        return (error as? any ExitCoded)?.exitCode ?? 1
    }
}

let words = Array(CommandLine.arguments.dropFirst())
if words.first == "cross-validate" { exit(crossValidate(Array(words.dropFirst()))) }
MartletCommand.main(tasks: [TabularTask.self])
