/// What a pickle names and calls: understood here, never run.
extension Unpickler {
    mutating func global() throws(WeightsError) {
        let module = try line()
        let name = "\(module).\(try line())"
        if let known = PickleGlobal(rawValue: name) {
            stack.append(.global(known))
        } else if PickleGlobal.isType(name) {
            stack.append(.object)
        } else {
            throw failure(
                PickleGlobal.refusal(name),
                "a state dict, torch.save(model.state_dict(), FILE); nothing in a pickle is run")
        }
    }

    /// `('storage', TYPE, KEY, LOCATION, COUNT)`: the one thing kept outside of the pickle.
    mutating func storage() throws(WeightsError) {
        guard case .tuple(let place) = try pop(), heap.tuples[place].count == 5,
            case .string("storage") = heap.tuples[place][0],
            case .global(let type) = heap.tuples[place][1], let dtype = type.dtype,
            case .string(let key) = heap.tuples[place][2],
            case .string = heap.tuples[place][3],
            case .integer(let count) = heap.tuples[place][4], count >= 0
        else {
            throw failure(
                "another persistent id", "('storage', a storage's type, key, location, count)")
        }
        let storage = PickleStorage(key: key, dtype: dtype, count: count)
        if let known = storages[key] {
            guard heap.storages[known] == storage else {
                throw failure(
                    "the storage \(quoted(key)) as \(count) of \(dtype)",
                    "\(heap.storages[known].count) of \(heap.storages[known].dtype), as before")
            }
            return stack.append(.storage(known))
        }
        storages[key] = heap.storages.count
        stack.append(.storage(heap.storages.count))
        heap.storages.append(storage)
    }

    mutating func reduce() throws(WeightsError) {
        guard case .tuple(let place) = try pop() else {
            throw failure("a call without a tuple of arguments", "a tuple")
        }
        let callee = try pop()
        let arguments = heap.tuples[place]
        switch callee {
        case .global(.orderedDict) where arguments.isEmpty: return pushDictionary()
        case .global(.rebuildTensor): return try rebuildTensor(arguments)
        case .global(.rebuildParameter):
            if arguments.count == 3, case .tensor = arguments[0] {
                return stack.append(arguments[0])
            }
        case .global(.size):
            if arguments.count == 1, case .tuple = arguments[0] {
                return stack.append(arguments[0])
            }
        case .global(.device): return stack.append(.object)
        default: break
        }
        throw failure(
            "a call of \(callee.kind) with \(kinds(arguments))", "one that makes a tensor")
    }

    private func kinds(_ values: [PickleValue]) -> String {
        "(" + values.prefix(8).map(\.kind).joined(separator: ", ")
            + (values.count > 8 ? ", ...)" : ")")
    }

    /// What an `OrderedDict` remembers beside its items is of no use here.
    mutating func build() throws(WeightsError) {
        guard case .dictionary = try pop(), case .dictionary = try top() else {
            throw failure("attributes of something else", "those of an OrderedDict")
        }
    }

    /// `(storage, offset, shape, strides, requires_grad, hooks[, metadata])`.
    private mutating func rebuildTensor(_ arguments: [PickleValue]) throws(WeightsError) {
        guard arguments.count == 6 || arguments.count == 7,
            case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3]),
            case .bool = arguments[4], case .dictionary = arguments[5]
        else {
            throw failure(
                "a tensor of \(kinds(arguments))",
                "a storage, its offset, sizes, strides, a bool and hooks")
        }
        if arguments.count == 7 {
            // Bits that say the memory holds other values than the tensor.
            guard case .dictionary(let place) = arguments[6], heap.dictionaries[place].isEmpty
            else { throw failure("a tensor with metadata", "one whose memory is its values") }
        }
        try requireLies(
            offset, shape, strides, in: heap.storages[storage].count,
            key: heap.storages[storage].key)
        stack.append(.tensor(heap.tensors.count))
        heap.tensors.append(
            PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides))
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard case .tuple(let place) = value else { return nil }
        var numbers: [Int] = []
        for case .integer(let number) in heap.tuples[place] { numbers.append(number) }
        return numbers.count == heap.tuples[place].count ? numbers : nil
    }

    /// A view must lie in its storage, and stand for no more elements than that has.
    private func requireLies(
        _ offset: Int, _ shape: [Int], _ strides: [Int], in count: Int, key: String
    ) throws(WeightsError) {
        guard shape.count == strides.count, shape.count <= SafetensorsHeader.maximumRank else {
            throw failure(
                "a tensor of \(shape.count) sizes and \(strides.count) strides",
                "as many, at most \(SafetensorsHeader.maximumRank)")
        }
        guard lies(offset, shape, strides, in: count) else {
            throw failure(
                "a tensor of shape \(shape) and strides \(strides) from element \(offset)",
                "one within the \(count) elements of storage \(quoted(key))")
        }
    }

    private func lies(_ offset: Int, _ shape: [Int], _ strides: [Int], in count: Int) -> Bool {
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }),
            let elements = byteCount(shape, itemSize: 1), elements <= count
        else { return false }
        if elements == 0 { return offset <= count }
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (distance, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, carry) = last.addingReportingOverflow(distance)
            guard !overflow && !carry else { return false }
            last = sum
        }
        return last < count
    }
}
