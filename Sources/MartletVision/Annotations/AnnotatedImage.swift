public import MartletMetrics

/// An image and what there is to find in it, whatever the format it was written in.
public struct AnnotatedImage: Sendable, Equatable {
    /// The image's file.
    public var path: String
    /// Height and width in pixels.
    public var size: ImageSize
    /// None in an image that shows nothing to be found.
    public var objects: [AnnotatedObject]

    /// An image with its objects.
    public init(path: String, size: ImageSize, objects: [AnnotatedObject]) {
        self.path = path
        self.size = size
        self.objects = objects
    }
}

/// A thing in an image: its class, its box, and what is said of it.
public struct AnnotatedObject: Sendable, Equatable {
    /// Its class.
    public var name: String
    /// In pixels of the image.
    public var box: Box
    /// Hard to make out: need not be found (Pascal VOC).
    public var isDifficult: Bool
    /// Reaches beyond what the box shows: over the edge of the image, mostly (Pascal VOC).
    public var isTruncated: Bool
    /// Partly behind something else (Pascal VOC).
    public var isOccluded: Bool
    /// Many things of one class in one box: need not be found (COCO).
    public var isCrowd: Bool
    /// Square pixels that the thing itself covers, where that is known (COCO); sizes are told apart by it.
    public var area: Double?

    /// A thing of a class; nothing else is said of it by default.
    public init(
        name: String, box: Box, isDifficult: Bool = false, isTruncated: Bool = false,
        isOccluded: Bool = false, isCrowd: Bool = false, area: Double? = nil
    ) {
        self.name = name
        self.box = box
        self.isDifficult = isDifficult
        self.isTruncated = isTruncated
        self.isOccluded = isOccluded
        self.isCrowd = isCrowd
        self.area = area
    }
}
