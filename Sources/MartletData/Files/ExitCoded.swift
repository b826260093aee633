/// An error that says how a program that ends because of it exits.
///
/// 3: data; 4: damaged weights or checkpoint; 6: disk.
public protocol ExitCoded: Error {
    /// The process's exit status.
    var exitCode: Int32 { get }
}
