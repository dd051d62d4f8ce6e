import Glibc

/// An IPv4 or IPv6 address with a port, in the shape that the socket calls want.
struct SocketAddress {
  private var storage = sockaddr_storage()
  private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  var family: Int32 { Int32(storage.ss_family) }

  var port: Int {
    withUnsafeBytes(of: storage) { bytes in
      // The port stands at the same place in both families, in network order.
      Int(UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)))
    }
  }

  /// The host's addresses, IPv4 first (`getaddrinfo(3)`); each once.
  static func resolve(host: String, port: Int) throws(ServerError) -> [SocketAddress] {
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(bare, String(port), &hints, &list)
    guard status == 0 else {
      throw .hostUnresolvable(host: host, port: port, reason: String(cString: gai_strerror(status)))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
      if let address = SocketAddress(entry.pointee) { addresses.append(address) }
      next = entry.pointee.ai_next
    }
    return addresses.filter { $0.family == AF_INET } + addresses.filter { $0.family == AF_INET6 }
  }

  /// Room for any address, to be filled in.
  init() {}

  private init?(_ info: addrinfo) {
    guard let source = info.ai_addr, info.ai_addrlen <= length else { return nil }
    length = info.ai_addrlen
    withUnsafeMutableBytes(of: &storage) { target in
      target.copyMemory(from: UnsafeRawBufferPointer(start: source, count: Int(info.ai_addrlen)))
    }
  }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
  ) -> Result {
    var written = length
    defer { length = written }
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &written) }
    }
  }
}
