/// What a request does. RFC 9110, section 9.
public enum Method: Sendable, Hashable {
  /// `GET`: fetches; the request's body is ignored.
  case get
  /// `POST`: hands over a body, which may be empty.
  case post
  /// `DELETE`: removes or, as the server understands it, ends something; the request's body is ignored.
  case delete
}
