import CMicroHTTPD
import Locking

/// What many answers have in common: the body and the first fields of the head.
///
/// The library's form of it, a dozen allocations, is not made for each answer: when an answer was sent, its form is kept for a later
/// one. The library lets a response be used any number of times; fields are added and taken out only while none is under way.
public final class AnswerTemplate: Sendable {
  /// So many are kept at most; when more answers than this are under way at once, theirs are made and freed.
  static let keptMax = 1024

  /// The fields that come first.
  public let headers: [Header]
  /// The body, sent with a `Content-Length`.
  public let body: [UInt8]
  private let kept = Locked<[OpaquePointer]>([])

  /// Makes a template.
  ///
  /// - Parameters:
  ///   - headers: the fields that come first, none of which an answer has again.
  ///   - body: at best a short one, since each form has a copy.
  public init(headers: [Header], body: [UInt8]) {
    self.headers = headers
    self.body = body
  }

  deinit {
    for response in kept.withLock({ $0 }) { MHD_destroy_response(response) }
  }

  /// How many forms are kept. For tests.
  var keptCount: Int { kept.withLock { $0.count } }

  /// A form that no answer is using, with the template's fields and no others. Any thread. Nil: no memory.
  func take() -> OpaquePointer? {
    if let response = kept.withLock({ $0.popLast() }) { return response }
    let response = createResponse(copying: body)
    if let response { for header in headers { header.add(to: response) } }
    return response
  }

  /// Keeps a form that no answer uses any more. Any thread.
  fileprivate func giveBack(_ response: OpaquePointer) {
    let isKept = kept.withLock { kept in
      guard kept.count < Self.keptMax else { return false }
      kept.append(response)
      return true
    }
    if !isKept { MHD_destroy_response(response) }
  }
}

/// A template's form while it is an answer's: until the library has let go of the request.
struct FormInUse: ~Copyable {
  private let response: OpaquePointer
  private let template: AnswerTemplate
  private let own: [Header]

  /// - Parameters:
  ///   - response: taken from the template.
  ///   - own: the fields that were added to it.
  init(_ response: OpaquePointer, of template: AnswerTemplate, own: [Header]) {
    self.response = response
    self.template = template
    self.own = own
  }

  deinit {
    for header in own { header.remove(from: response) }
    template.giveBack(response)
  }
}
