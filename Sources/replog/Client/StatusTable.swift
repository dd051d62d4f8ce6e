import LogClient

/// The nodes as a table for people: a line each, and what is wrong with one on a line below.
enum StatusTable {
  private static let head = ["NODE", "ROLE", "STATE", "LAST OFFSET", "LAG", "LAST CONTACT"]
  private static let stateColumn = 2
  /// Of the columns that hold numbers.
  private static let isRight = [false, false, false, true, true, true]

  /// - Parameter hasColours: whether the state is coloured.
  static func text(_ status: ClusterStatus, hasColours: Bool) -> String {
    let rows = [head] + status.nodes.map(cells)
    let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var text = ""
    for (index, row) in rows.enumerated() {
      var cells: [String] = []
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        var shown = cell
        if hasColours, index > 0, column == stateColumn { shown = Terminal.text(cell, colour(cell)) }
        cells.append(isRight[column] ? space + shown : shown + space)
      }
      text += cells.joined(separator: "  ") + "\n"
      if index > 0, let problem = status.nodes[index - 1].problem { text += "  \(problem)\n" }
    }
    return text
  }

  private static func cells(_ node: ClusterStatus.Node) -> [String] {
    [
      node.url, node.role, node.state, node.lastOffset.map { "\($0)" } ?? "-", node.lag.map { "\($0)" } ?? "-",
      node.lastContactMilliseconds.map { $0 < 10_000 ? "\($0) ms" : "\($0 / 1000) s" } ?? "-",
    ]
  }

  private static func colour(_ state: String) -> Terminal.Colour {
    switch state {
    case "Healthy": .green
    case "Suspected": .yellow
    default: .red
    }
  }
}
