import CMicroHTTPD

/// What the C library's allocator does with memory that was freed. `mallopt(3)`.
public enum FreedMemory {
  /// How much stays at the end of each of the allocator's heaps.
  private static let keptBytesMax: Int32 = 8 << 20
  /// Larger pieces come from the system, and go back to it, each by itself.
  private static let heapPieceBytesMax: Int32 = 4 << 20

  /// Lets the process keep more of it than usual: bodies come and go by the megabyte, and memory that went back to the system is
  /// cleared page by page when the next one comes. Once, at the process's start; any thread.
  public static func keep() {
    mallopt(M_TRIM_THRESHOLD, keptBytesMax)
    mallopt(M_MMAP_THRESHOLD, heapPieceBytesMax)
  }
}
