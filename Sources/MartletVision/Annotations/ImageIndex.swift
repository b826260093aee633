internal import MartletData

/// The image files of a data set by their names, so that what annotations name is found, and nothing outside the folder is.
struct ImageIndex {
    /// In the order of their paths' bytes.
    let paths: [String]
    private var byName: [String: [String]] = [:]
    private var byStem: [String: [String]] = [:]

    /// - Parameter files: any files; those that are images by their names' endings count.
    init(_ files: [String]) {
        paths = files.filter {
            LabelledFiles.imageExtensions.contains(
                FilePath.lowercasedExtension(FilePath.name(of: $0)))
        }
        for path in paths {
            let name = FilePath.name(of: path)
            byName[name, default: []].append(path)
            byStem[FilePath.stem(of: name), default: []].append(path)
        }
    }

    /// The images of a file name; where some of them lie in a folder, only those.
    func images(named name: String, near folder: String) -> [String] {
        nearest(byName[name] ?? [], folder)
    }

    /// The images of a name without its ending; where some of them lie in a folder, only those.
    func images(withStem stem: String, near folder: String) -> [String] {
        nearest(byStem[stem] ?? [], folder)
    }

    private func nearest(_ paths: [String], _ folder: String) -> [String] {
        let near = paths.filter { FilePath.folder(of: $0) == folder }
        return near.isEmpty ? paths : near
    }
}
