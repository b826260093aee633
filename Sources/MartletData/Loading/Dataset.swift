public import Martlet

/// Elements that can be had by index, from several threads at once.
public protocol Dataset<Element>: Sendable {
    associatedtype Element: Sendable

    /// How many elements there are.
    var count: Int { get }

    /// Reads one element.
    ///
    /// - Parameter generator: random numbers for augmentation. A `DataLoader` gives each element of
    ///   each epoch its own, so results do not depend on the number of workers.
    /// - Throws: why the element cannot be had; a `DataLoader` adds which one it was.
    func element(at index: Int, generator: inout Generator) throws -> Element

    /// What an element is called in error messages: its file, its line, ...
    func describe(_ index: Int) -> String
}

extension Dataset {
    /// Elements without a name of their own are called by their number.
    public func describe(_ index: Int) -> String { "element \(index)" }
}

/// The elements of an array.
public struct ArrayDataset<Element: Sendable>: Dataset {
    /// The elements.
    public let elements: [Element]

    public init(_ elements: [Element]) { self.elements = elements }

    /// How many elements the array has.
    public var count: Int { elements.count }

    /// An element of the array; no random numbers are drawn.
    public func element(at index: Int, generator: inout Generator) -> Element { elements[index] }
}

/// Some elements of another data set, in a given order.
public struct Subset<Base: Dataset>: Dataset {
    /// Where the elements come from.
    public let base: Base
    /// Which elements they are.
    public let indices: [Int]

    public init(_ base: Base, indices: [Int]) {
        if let bad = indices.first(where: { !(0..<base.count).contains($0) }) {
            preconditionFailure("Subset: index \(bad) in a data set of \(base.count) elements")
        }
        self.base = base
        self.indices = indices
    }

    /// How many indices there are.
    public var count: Int { indices.count }

    /// The element of the base that the index stands for.
    public func element(at index: Int, generator: inout Generator) throws -> Base.Element {
        try base.element(at: indices[index], generator: &generator)
    }

    /// What the base calls that element.
    public func describe(_ index: Int) -> String { base.describe(indices[index]) }
}

/// The elements of another data set, each put through a function.
public struct MappedDataset<Base: Dataset, Element: Sendable>: Dataset {
    /// Where the elements come from.
    public let base: Base
    private let transform: @Sendable (Base.Element, inout Generator) throws -> Element

    public init(
        _ base: Base,
        _ transform: @escaping @Sendable (Base.Element, inout Generator) throws -> Element
    ) {
        self.base = base
        self.transform = transform
    }

    /// As many as the base has.
    public var count: Int { base.count }

    /// The base's element, put through the function.
    public func element(at index: Int, generator: inout Generator) throws -> Element {
        try transform(base.element(at: index, generator: &generator), &generator)
    }

    /// What the base calls the element.
    public func describe(_ index: Int) -> String { base.describe(index) }
}

extension Dataset {
    /// This data set with every element put through a function, which may draw random numbers.
    public func map<Result: Sendable>(
        _ transform: @escaping @Sendable (Element, inout Generator) throws -> Result
    ) -> MappedDataset<Self, Result> {
        MappedDataset(self, transform)
    }

    /// The elements of these indices, in this order.
    public func subset(_ indices: [Int]) -> Subset<Self> { Subset(self, indices: indices) }
}
