package import MartletData

extension Image {
    /// Stands for what samples of a size show: equal only where they are.
    package static func contentHash(
        _ samples: UnsafeBufferPointer<UInt8>, _ size: ImageSize, channels: Int
    ) -> ContentHash {
        var hash = SHA256()
        withUnsafeBytes(of: (size.height, size.width, channels)) { hash.update($0) }
        hash.update(UnsafeRawBufferPointer(samples))
        return hash.digest()
    }

    /// Stands for what the image shows: equal for images of the same samples, whatever files they come from.
    package var contentHash: ContentHash {
        withUnsafeSamples { Image.contentHash($0, size, channels: channels) }
    }
}
