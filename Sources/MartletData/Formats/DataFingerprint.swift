internal import Martlet

extension LabelledData {
    /// Stands for the classes, the files with their labels, and for images in memory also what they show; not for the folder
    /// they lie in. Image files are not read.
    public var fingerprint: ContentHash {
        var hash = SHA256()
        for name in classes { hash.update(line: name) }
        for (name, part) in [("train", train), ("validation", validation), ("test", test)] {
            guard let part else { continue }
            hash.update(line: "\(name) \(part.count)")
            switch part {
            case .files(let files):
                for item in files.items {
                    hash.update(line: "\(item.label) \(item.path.dropFirst(files.root.count))")
                }
            case .pixels(let pixels):
                hash.update(line: "\(pixels.height) \(pixels.width) \(pixels.channels)")
                for label in pixels.labels { hash.update(line: "\(label)") }
                pixels.samples.withUnsafeBytes { hash.update($0) }
            }
        }
        return hash.digest()
    }
}

extension SHA256 {
    /// Takes in a line of text.
    package mutating func update(line: String) {
        Array((line + "\n").utf8).withUnsafeBytes { update($0) }
    }
}
