/// The jobs of one exchange, run one after another by whichever thread comes first.
///
/// A thread that brings a job while another one runs only leaves it here. So jobs of one exchange neither overlap nor
/// run inside one another: the runtime holds locks of its own while it cancels a task, and a job that ran right there
/// could remove the very record that is being worked on.
struct JobLine {
  private var isOccupied = false
  private var jobs: [UnownedJob] = []

  /// Takes the line; false when another thread has it and will run what is added.
  mutating func occupy() -> Bool {
    defer { isOccupied = true }
    return !isOccupied
  }

  mutating func add(_ job: UnownedJob) {
    jobs.append(job)
  }

  /// The next job for the thread that has the line; nil: there is none, and the line is free again.
  mutating func next() -> UnownedJob? {
    precondition(isOccupied, "a job taken from a line that nobody has")
    if jobs.isEmpty {
      isOccupied = false
      return nil
    }
    return jobs.removeFirst()
  }
}
