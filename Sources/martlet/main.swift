internal import ClassificationTask
internal import MartletCommand

MartletCommand.main(tasks: [ClassificationTask.self])
