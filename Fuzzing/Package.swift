// swift-tools-version: 6.2
// The fuzzers: a package of its own, so that nothing else is built with their flags. scripts/fuzz builds and runs them.
// The code under test is compiled from the main package's folders, which lie under Sources/ as symbolic links.
import PackageDescription

/// Optimised, but with the standard library's own checks of what a caller may do, such as the bounds of unsafe buffers.
let fuzzed: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-sanitize=fuzzer,address", "-assert-config", "Debug", "-enable-testing", "-parse-as-library"]),
]

let package = Package(
  name: "fuzzing",
  targets: [
    .target(name: "Locking", swiftSettings: fuzzed),
    // Without the parts that are no decoders, one of which needs another package.
    .target(
      name: "ReplicationCore", exclude: ["Follower", "Master"],
      swiftSettings: fuzzed),
    .target(name: "LogStorage", dependencies: ["ReplicationCore", "Locking"], swiftSettings: fuzzed),
    .target(name: "SimulatedDisk", dependencies: ["LogStorage", "Locking", "ReplicationCore"], swiftSettings: fuzzed),

    .target(name: "JSON", swiftSettings: fuzzed),

    .target(name: "FuzzInput", dependencies: ["ReplicationCore"], swiftSettings: fuzzed),
    .executableTarget(
      name: "FuzzWire", dependencies: ["FuzzInput", "ReplicationCore"], swiftSettings: fuzzed),
    .executableTarget(
      name: "FuzzStorage", dependencies: ["FuzzInput", "SimulatedDisk", "LogStorage", "ReplicationCore"],
      swiftSettings: fuzzed),
    .executableTarget(
      name: "FuzzJSON", dependencies: ["FuzzInput", "JSON"], swiftSettings: fuzzed),
  ]
)
