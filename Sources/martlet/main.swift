internal import ClassificationTask
internal import DetectionTask
internal import MartletCommand

MartletCommand.main(tasks: [ClassificationTask.self, DetectionTask.self])
