internal import FuzzInput
internal import JSON

/// What libFuzzer calls before anything else.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> Int32 {
  Seeds.writeIfAsked {
    [
      #"{"data":"msg1","write_concern":1}"#, #"{"data":"\u00e9\ud83d\ude00\n\"","write_concern":2.0}"#,
      #"{"x":[[],{},[1,-0.5,10e2,0.1e-3,1E+4]],"data":true}"#, #"{"sequence_id":1,"entry":{"data":"a"},"y":null}"#,
      #"{"write_concern":10e9223372036854775806,"data":"x"}"#,
    ].map { Array($0.utf8) }
  }
  return 0
}

/// What libFuzzer calls with each input: the body of a client's request.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let names: [StaticString] = ["data", "write_concern", "sequence_id", "entry"]
  let fields = try? JSONReader.read(bytes) { (reader) throws(JSONError) in
    try reader.fields(names, inner: ["data"])
  }
  let isSkipped = (try? JSONReader.read(bytes) { (reader) throws(JSONError) in try reader.skip() }) != nil
  precondition(fields == nil || isSkipped, "what is read can't be skipped")
  guard case .string(let text)? = fields?["data"] else { return 0 }
  // What was read comes back when it is written and read again.
  var written: [UInt8] = []
  written.appendJSONString(text)
  let again = try? JSONReader.read(written) { (reader) throws(JSONError) in
    _ = try reader.kind()
    return try reader.string()
  }
  precondition(again == text, "a string changes on its way out and in")
  precondition(escaped(text) == text, "a string without escapes is another one with them")
  return 0
}

/// Reads a string from its escaped form, which no search for plain characters can be wrong about.
private func escaped(_ text: [UInt8]) -> [UInt8]? {
  var written = "\""
  for unit in String(decoding: text, as: UTF8.self).utf16 {
    let digits = String(unit, radix: 16)
    written += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
  return try? JSONReader.read(Array((written + "\"").utf8)) { (reader) throws(JSONError) in
    _ = try reader.kind()
    return try reader.string()
  }
}
