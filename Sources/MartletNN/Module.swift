public import Martlet

/// A part of a model: parameters, buffers and other modules, found in its stored properties.
///
/// A parameter's name is the path of properties to it, each in snake case, with indices for arrays: the keys of PyTorch's
/// `state_dict`. A property `runningMean` of `layers[1].bn` is `layers.1.bn.running_mean`.
///
/// ```swift
/// final class Net: Layer {
///     let conv = Conv2d(1, 32, kernelSize: 3)
///     let fc = Linear(32, 10)
///     func forward(_ x: Tensor, _ context: Context) -> Tensor {
///         fc(conv(x, context).relu().mean(dims: [2, 3]), context)
///     }
/// }
/// ```
///
/// Arrays and dictionaries of modules are properties as any others, so that there is no need for PyTorch's `ModuleList` and
/// `ModuleDict`: the modules in `let blocks: [Block]` are named `blocks.0`, `blocks.1`, ..., those in
/// `let heads: [String: any Module]` after their keys, in alphabetical order. Arrays of parameters work likewise.
public protocol Module: AnyObject {
    /// The named parts, in order; by default the stored properties.
    var members: [Member] { get }
}

/// A named part of a module.
public struct Member {
    public enum Kind {
        case parameter(Parameter)
        case buffer(Buffer)
        case module(any Module)
    }

    /// The last part of its path, in snake case.
    public let name: String
    public let kind: Kind

    public init(_ name: String, _ module: any Module) {
        self.name = name
        kind = .module(module)
    }

    public init(_ name: String, _ parameter: Parameter) {
        self.name = name
        kind = .parameter(parameter)
    }

    fileprivate init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A module that turns one tensor into another.
public protocol Layer: Module {
    func forward(_ x: Tensor, _ context: Context) -> Tensor
}

extension Layer {
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let y = forward(x, context)
        context.observer?(self, x, y)
        return y
    }
}

extension Module {
    public var members: [Member] {
        var result: [Member] = []
        // Superclasses first, as their properties are initialised.
        var mirrors = [Mirror(reflecting: self)]
        while let above = mirrors.last?.superclassMirror { mirrors.append(above) }
        for mirror in mirrors.reversed() {
            for child in mirror.children {
                guard let label = child.label else { continue }
                Reflection.append(child.value, named: Reflection.snakeCase(label), to: &result)
            }
        }
        return result
    }

    /// Every parameter with its path; a parameter that is reachable on two paths has the first.
    public func namedParameters() -> [(name: String, parameter: Parameter)] {
        var seen: Set<ObjectIdentifier> = []
        var result: [(name: String, parameter: Parameter)] = []
        visit { name, kind in
            if case .parameter(let parameter) = kind,
                seen.insert(ObjectIdentifier(parameter)).inserted
            {
                result.append((name, parameter))
            }
        }
        return result
    }

    public func parameters() -> [Parameter] { namedParameters().map(\.parameter) }

    /// Every buffer with its path.
    public func namedBuffers() -> [(name: String, buffer: Buffer)] {
        var seen: Set<ObjectIdentifier> = []
        var result: [(name: String, buffer: Buffer)] = []
        visit { name, kind in
            if case .buffer(let buffer) = kind, seen.insert(ObjectIdentifier(buffer)).inserted {
                result.append((name, buffer))
            }
        }
        return result
    }

    /// Every module with its path, this one first under the empty path.
    public func namedModules() -> [(name: String, module: any Module)] {
        var result: [(name: String, module: any Module)] = [("", self)]
        visit { name, kind in
            if case .module(let module) = kind { result.append((name, module)) }
        }
        return result
    }

    /// The number of trained values.
    public var parameterCount: Int { parameters().reduce(0) { $0 + $1.shape.reduce(1, *) } }

    /// Draws every parameter anew, each from a stream named after it: the values depend on the generator and the names alone.
    public func initialize(_ generator: Generator) {
        for (name, parameter) in namedParameters() {
            parameter.value = parameter.initializer.tensor(
                parameter.shape, generator.stream(name))
        }
    }

    /// Forgets the gradients, so that the next backward pass starts from none; those of frozen parameters are nil anyway.
    public func zeroGrad() {
        for parameter in parameters() where !parameter.isFrozen { parameter.grad = nil }
    }

    private func visit(_ prefix: String = "", _ body: (String, Member.Kind) -> Void) {
        for member in members {
            let path = prefix + member.name
            body(path, member.kind)
            if case .module(let module) = member.kind { module.visit(path + ".", body) }
        }
    }
}

private enum Reflection {
    static func append(_ value: Any, named name: String, to result: inout [Member]) {
        switch value {
        case let parameter as Parameter:
            result.append(Member(name: name, kind: .parameter(parameter)))
        case let buffer as Buffer:
            result.append(Member(name: name, kind: .buffer(buffer)))
        case let module as any Module:
            result.append(Member(name: name, kind: .module(module)))
        default:
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .optional:
                if let wrapped = mirror.children.first {
                    append(wrapped.value, named: name, to: &result)
                }
            case .collection where value is [any Module] || value is [Parameter]:
                for (i, element) in mirror.children.enumerated() {
                    append(element.value, named: "\(name).\(i)", to: &result)
                }
            case .dictionary:
                guard let modules = value as? [String: any Module] else { return }
                for (key, module) in modules.sorted(by: { $0.key < $1.key }) {
                    result.append(Member("\(name).\(key)", module))
                }
            default: break
            }
        }
    }

    /// `runningMean` as `running_mean`; the wrapper's underscore and `lazy` prefixes do not occur in models.
    static func snakeCase(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase {
                if !result.isEmpty { result += "_" }
                result += character.lowercased()
            } else {
                result.append(character)
            }
        }
        return result
    }
}
