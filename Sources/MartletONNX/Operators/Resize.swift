internal import Martlet

extension Operators {
    static let depthToSpace: Operator = { call in
        let x = try call.tensor(0)
        let r = try call.int("blocksize", default: 0)
        try call.require(
            x.ndim == 4 && (1...1 << 10).contains(r) && x.shape[1] % (r * r) == 0,
            "its blocks of \(r) do not fit \(x.shape)")
        switch try call.string("mode", default: "DCR") {
        case "CRD": return x.pixelShuffle(r)
        case "DCR":
            let (n, c, h, w) = (x.shape[0], x.shape[1] / (r * r), x.shape[2], x.shape[3])
            return x.reshape([n, r, r, c, h, w]).permute([0, 3, 4, 1, 5, 2])
                .reshape([n, c, h * r, w * r])
        case let mode: throw call.unsupported("orders channels in the mode \(mode.quoted)")
        }
    }

    /// Grids of 1 to 3 dimensions after batch and channels, in the modes that Martlet interpolates in.
    static let resize: Operator = { call in
        let x = try call.real(0)
        guard (3...5).contains(x.ndim) else {
            throw call.unsupported("resizes a tensor of \(x.ndim) dimensions")
        }
        let (mode, alignCorners) = try call.interpolation(of: x.ndim)
        if let sizes = try call.list(3) {
            try call.require(
                sizes.count == x.ndim && sizes.prefix(2) == x.shape.prefix(2)
                    && sizes.allSatisfy { $0 > 0 },
                "its sizes \(sizes) do not fit \(x.shape)")
            try call.checkGrid(sizes, of: x)
            return x.interpolate(
                size: Array(sizes[2...]), mode: mode, alignCorners: alignCorners)
        }
        guard let scales = try call.optional(2)?.to(.float64), scales.shape == [x.ndim] else {
            throw call.damaged("it has neither sizes nor scales for \(x.shape)")
        }
        let factors = scales.array(as: Double.self)
        let sizes = zip(x.shape, factors).map { (Double($0) * $1).rounded(.down) }
        try call.require(
            factors[0] == 1 && factors[1] == 1 && sizes.allSatisfy { (1...1e9).contains($0) },
            "its scales \(factors) do not fit \(x.shape)")
        try call.checkGrid(sizes.map { Int($0) }, of: x)
        return x.interpolate(
            scaleFactor: Array(factors[2...]), mode: mode, alignCorners: alignCorners)
    }
}

extension Call {
    /// Refuses grids that would take more memory than allowed, on the way too: one dimension may have grown before another
    /// shrinks.
    fileprivate func checkGrid(_ sizes: [Int], of x: Tensor) throws(ONNXError) {
        try checked(zip(x.shape, sizes).map { max($0, $1) }, x.dtype)
        for size in sizes.dropFirst(2) { try checkTable(entries: size, taps: 4) }
    }

    fileprivate func interpolation(
        of ndim: Int
    ) throws -> (mode: InterpolationMode, alignCorners: Bool) {
        try only("antialias", 0)
        try only("exclude_outside", 0)
        let mode = try string("mode", default: "nearest")
        let place = try string("coordinate_transformation_mode", default: "half_pixel")
        let rounding = try string("nearest_mode", default: "round_prefer_floor")
        switch (mode, place, rounding) {
        case ("nearest", "asymmetric", "floor"): return (.nearest, false)
        case ("nearest", "half_pixel", "round_prefer_ceil"): return (.nearestExact, false)
        case ("linear", "half_pixel", _), ("linear", "align_corners", _):
            let modes: [InterpolationMode] = [.linear, .bilinear, .trilinear]
            return (modes[ndim - 3], place == "align_corners")
        case ("cubic", "half_pixel", _) where ndim == 4,
            ("cubic", "align_corners", _) where ndim == 4:
            let a = try float("cubic_coeff_a", default: -0.75)
            guard a == -0.75 else { throw unsupported("its cubic coefficient is \(a)") }
            return (.bicubic, place == "align_corners")
        default:
            throw unsupported(
                "resizes \(ndim) dimensions in the mode \(mode.quoted) at places "
                    + "\(place.quoted), rounded \(rounding.quoted)")
        }
    }
}
