internal import ClassificationTask
internal import DetectionTask
internal import MartletCommand
internal import SentimentTask

MartletCommand.main(tasks: [ClassificationTask.self, DetectionTask.self, SentimentTask.self])
