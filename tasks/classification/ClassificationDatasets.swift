public import MartletDatasets

extension ClassificationTask {
    public static var datasets: [DatasetCard] { [shapes, fashionMNIST, mnist, cifar10] }

    private static let shapes = DatasetCard(
        name: "shapes",
        summary:
            "1,500 small colour pictures of six shapes, drawn by Martlet, to try things out with",
        licence: "none needed: the pictures are made on this machine", source: "Martlet",
        origin: .generated(bytes: 3_000_000, ShapeSet.write))

    private static let fashionMNIST = DatasetCard(
        name: "fashion-mnist",
        summary: "70,000 grey pictures of 28x28, ten kinds of clothes, 60,000 to train on",
        licence: "MIT",
        source: "Xiao, Rasul, Vollgraf, 2017, https://github.com/zalandoresearch/fashion-mnist",
        origin: .files(
            idxFiles(
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                [
                    (
                        26_421_880,
                        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
                    ),
                    (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                    (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                    (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
                ])))

    private static let mnist = DatasetCard(
        name: "mnist",
        summary: "70,000 grey pictures of 28x28, handwritten digits, 60,000 to train on",
        licence: "CC BY-SA 3.0",
        source: "LeCun, Cortes, Burges, 1998, http://yann.lecun.com/exdb/mnist",
        origin: .files(
            idxFiles(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                [
                    (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                    (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                    (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                    (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
                ])))

    private static let cifar10 = DatasetCard(
        name: "cifar-10",
        summary:
            "60,000 photographs of 32x32, ten kinds of animals and vehicles, 50,000 to train on",
        licence: "not stated by its authors",
        source: "Krizhevsky, 2009, https://www.cs.toronto.edu/~kriz/cifar.html",
        origin: .files([
            RemoteFile(
                name: "cifar-10-binary.tar.gz",
                url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", bytes: 170_052_171,
                sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                form: .archive(unpackedLimit: 200_000_000))
        ]))

    /// The four files of MNIST and of the sets that follow it, which lie in one folder.
    private static func idxFiles(
        _ folder: String, _ lengthsAndChecksums: [(Int, String)]
    ) -> [RemoteFile] {
        let names = [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
        ]
        return zip(names, lengthsAndChecksums).map { name, file in
            RemoteFile(name: name, url: folder + name, bytes: file.0, sha256: file.1)
        }
    }
}
