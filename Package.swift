// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "replicated-log",
  products: [
    .executable(name: "replog", targets: ["replog"]),
    .executable(name: "simulate", targets: ["simulate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // Of `replog bench` only.
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // The two C libraries: module maps with typed wrappers, nothing else.
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd",
      providers: [.apt(["libmicrohttpd-dev"]), .brew(["libmicrohttpd"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),

    // One lock under one name, and what threads need besides: loops, scheduling, the clock.
    .target(name: "Locking", swiftSettings: strict),

    // JSON as the nodes and their client read and write it: the standard library and nothing else.
    .target(name: "JSON", swiftSettings: strict),

    // The pure core: the standard library, no I/O, no clock, no thread.
    .target(
      name: "ReplicationCore",
      dependencies: [.product(name: "DequeModule", package: "swift-collections")],
      swiftSettings: strict),

    // The edges: they never import each other.
    .target(name: "LogStorage", dependencies: ["ReplicationCore", "Locking"], swiftSettings: strict),
    .target(name: "HTTPServer", dependencies: ["CMicroHTTPD", "Locking"], swiftSettings: strict),
    .target(name: "HTTPClient", dependencies: ["CCurl", "Locking"], swiftSettings: strict),

    // The log as a client has it: adding with retries that double nothing, reading, receipts.
    .target(name: "LogClient", dependencies: ["HTTPClient", "JSON"], swiftSettings: strict),

    // The nodes: routes, JSON, the loops that carry out what the core decides.
    .target(
      name: "LogService",
      dependencies: [
        "ReplicationCore", "LogStorage", "HTTPServer", "HTTPClient", "JSON", "Locking",
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("OpenAPI/openapi.json")],
      swiftSettings: strict),
    // Adds by the second, and what they come to: replog bench.
    .target(
      name: "LoadGenerator",
      dependencies: ["LogClient", "HTTPClient", "JSON", .product(name: "Histogram", package: "hdrhistogram-swift")],
      swiftSettings: strict),
    .executableTarget(
      name: "replog",
      dependencies: [
        "LogService", "LogClient", "LogStorage", "ReplicationCore", "LoadGenerator", "HTTPClient", "HTTPServer", "JSON",
        "Locking",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // A folder in memory that loses power, fails and rots.
    .target(
      name: "SimulatedDisk", dependencies: ["LogStorage", "Locking"],
      swiftSettings: strict),

    // The same core under virtual time and random faults.
    .target(
      name: "ReplicationSimulator", dependencies: ["ReplicationCore", "LogStorage", "SimulatedDisk"],
      swiftSettings: strict),
    .executableTarget(
      name: "simulate",
      dependencies: [
        "ReplicationSimulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .testTarget(
      name: "ReplicationCoreTests", dependencies: ["ReplicationCore", "LogStorage"],
      exclude: ["Stories"], swiftSettings: strict),
    .testTarget(
      name: "LogStorageTests", dependencies: ["LogStorage", "SimulatedDisk", "ReplicationCore", "Locking"],
      swiftSettings: strict),
    .testTarget(
      name: "SimulatedDiskTests", dependencies: ["SimulatedDisk", "LogStorage"],
      swiftSettings: strict),
    .testTarget(
      name: "ReplicationSimulatorTests",
      dependencies: ["ReplicationSimulator", "ReplicationCore", "LogStorage", "SimulatedDisk"],
      swiftSettings: strict),
    .testTarget(
      name: "HTTPServerTests", dependencies: ["HTTPServer", "HTTPClient", "Locking"], swiftSettings: strict),
    .testTarget(
      name: "HTTPClientTests", dependencies: ["HTTPClient", "Locking"], swiftSettings: strict),
    .testTarget(
      name: "LogClientTests", dependencies: ["LogClient", "HTTPClient", "JSON"], swiftSettings: strict),
    .testTarget(
      name: "LoadGeneratorTests", dependencies: ["LoadGenerator", "LogClient", "HTTPClient"], swiftSettings: strict),
    .testTarget(
      name: "LogServiceTests",
      dependencies: [
        "LogService", "LogStorage", "SimulatedDisk", "ReplicationCore", "HTTPClient", "HTTPServer", "JSON", "Locking",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["HTTPClient", "Locking"], swiftSettings: strict),
  ]
)
