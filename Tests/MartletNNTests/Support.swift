import Foundation
import Martlet
import MartletTesting

/// The cases of a file that `Tests/Reference` wrote.
func fixtures(_ name: String) throws -> [FixtureCase] {
    try FixtureCase.load(name, in: Bundle.module.resourceURL?.appendingPathComponent("Fixtures"))
}
