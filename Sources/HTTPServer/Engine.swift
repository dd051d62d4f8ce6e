/// What all exchanges of one server share.
final class Engine: Sendable {
  let limits: ServerLimits
  let headersCopied: [CopiedHeader]
  let refuse: @Sendable (Refusal, Request) -> Response
  let prompt: PromptHandler?
  let handler: Handler
  let ledger: Ledger
  let loop: DaemonLoop
  let budget: BodyBudget

  init(
    limits: ServerLimits, headersCopied: [String], ledger: Ledger, loop: DaemonLoop,
    refuse: @escaping @Sendable (Refusal, Request) -> Response, prompt: PromptHandler?, handler: @escaping Handler
  ) {
    self.limits = limits
    self.headersCopied = headersCopied.map(CopiedHeader.init)
    self.ledger = ledger
    self.loop = loop
    self.refuse = refuse
    self.prompt = prompt
    self.handler = handler
    budget = BodyBudget(bytesMax: limits.bodiesBytesTotalMax)
  }
}
