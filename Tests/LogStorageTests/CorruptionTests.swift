import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

/// A closed log is damaged at one place, checked, opened and read as a whole.
@Suite("Damage is noticed wherever it is, and never served")
struct CorruptionTests {
  private let stage: CorruptionStage

  init() throws { stage = try CorruptionStage() }

  @Test func theStage_isWhole_andHasSealedSegments() {
    let outcome = stage.outcome(of: [])
    #expect(!outcome.isVerifyAlarmed)
    #expect(!outcome.isOpenAlarmed)
    #expect(outcome.unread == nil)
    #expect(stage.segments.count >= 3)
  }

  @Test func aFlippedBit_anywhere() throws {
    var count = 0
    for name in stage.disk.names() {
      for position in try stage.positions(in: name) {
        try expectNoticed(.flippedBit(name, position: position, bit: position % 8), stage.region(name, position))
        count += 1
      }
    }
    #expect(count > 300)
  }

  @Test(arguments: [1, 16, 512, 5000])
  func aRangeOfZeros_anywhere(bytes: Int) throws {
    for name in stage.disk.names() {
      for position in try stage.positions(in: name) {
        let damage = DiskDamage.zeros(name, position..<position + bytes)
        if try stage.isHarmless(damage) { continue }
        // What is hit first may have been zero before.
        guard let changed = try firstChange(damage, in: name, from: position) else { continue }
        try expectNoticed(damage, stage.region(name, changed))
      }
    }
  }

  @Test func aTruncation_anywhere() throws {
    for name in stage.disk.names() {
      for position in try stage.positions(in: name) where stage.region(name, position) != .reserved {
        try expectNoticed(.truncated(name, size: position), stage.region(name, position))
      }
    }
  }

  @Test func aMissingFile() throws {
    for name in stage.disk.names() {
      let outcome = stage.outcome(of: [.removed(name)])
      #expect(outcome.wrong == [], "\(name)")
      #expect(outcome.isVerifyAlarmed, "\(name)")
      switch stage.region(name, 0) {
      case .node:
        #expect(outcome.log?.node == stage.node && outcome.unread == nil && outcome.trouble == nil)
      case .mark:
        #expect(outcome.log?.recovery.mended.isEmpty == false && outcome.unread == nil && outcome.trouble == nil)
      case .segmentHeader(let first):
        #expect(outcome.damage?.offset == first, "\(name): \(outcome)")
        #expect(outcome.unread == first, "\(name): \(outcome)")
      case .entry, .reserved: Issue.record("\(name) begins with \(stage.region(name, 0))")
      }
    }
  }

  @Test func twoFilesSwapped() throws {
    let names = stage.disk.names()
    for (index, name) in names.enumerated() {
      for other in names[(index + 1)...] {
        let damage = DiskDamage.swapped(name, other)
        if try stage.isHarmless(damage) { continue }
        let outcome = stage.outcome(of: [damage])
        #expect(outcome.wrong == [], "\(damage)")
        #expect(outcome.isVerifyAlarmed, "\(damage)")
        if let error = outcome.error {
          Issue.record("\(damage): \(error)")
        }
        let firsts = [name, other].compactMap { file -> Offset? in
          if case .segmentHeader(let first) = stage.region(file, 0) { first } else { nil }
        }
        if let first = firsts.min() {
          #expect(outcome.damage?.offset == first, "\(damage)")
        } else {
          #expect(outcome.trouble == nil && outcome.unread == nil, "\(damage): \(outcome)")
        }
      }
    }
  }

  @Test func bothCopiesOfTheNodeRecord_areRefused() {
    for damages in [
      [DiskDamage.flippedBit("node-a", position: 30, bit: 1), .flippedBit("node-b", position: 40, bit: 1)],
      [.removed("node-a"), .removed("node-b")],
      [.truncated("node-a", size: 0), .removed("node-b")],
    ] {
      let outcome = stage.outcome(of: damages)
      guard case .identityLost = outcome.error else {
        Issue.record("\(damages): \(outcome)")
        continue
      }
      #expect(outcome.error?.description.hasPrefix("cannot tell who this node is") == true)
      #expect(outcome.isVerifyAlarmed)
    }
  }

  @Test func withBothSlotsOfTheMark_aWholeLogOpens_andATornOneIsDamaged() {
    let slots = [
      DiskDamage.flippedBit("durable", position: 30, bit: 1), .flippedBit("durable", position: 4130, bit: 1),
    ]
    let whole = stage.outcome(of: slots)
    #expect(whole.trouble == nil && whole.unread == nil)
    #expect(whole.log?.recovery.mended.isEmpty == false)
    let place = stage.places[stage.places.count - 1]
    let torn = stage.outcome(of: slots + [.flippedBit(place.segment, position: place.position + 50, bit: 1)])
    #expect(torn.damage?.offset == stage.last)
  }

  /// What must come of damage, by what it hits first.
  private func expectNoticed(_ damage: DiskDamage, _ region: CorruptionStage.Region) throws {
    let outcome = stage.outcome(of: [damage])
    let words = Comment(rawValue: "\(damage), \(region): \(outcome)")
    #expect(outcome.wrong == [], words)
    #expect(outcome.isVerifyAlarmed, words)
    #expect(outcome.error == nil, words)
    switch region {
    case .node:
      // Mended from the other copy.
      #expect(outcome.log?.node == stage.node && outcome.log?.identity == stage.identity, words)
      #expect(outcome.trouble == nil && outcome.unread == nil, words)
    case .mark:
      // All entries are there without it. A slot of which nothing is left looks as if it was never written: `Verify` knows.
      #expect(outcome.log?.recovery.mended.isEmpty == false || isErased(damage), words)
      #expect(outcome.trouble == nil && outcome.unread == nil, words)
    case .segmentHeader(let first):
      #expect(outcome.damage?.offset == first && outcome.unread == first, words)
    case .entry(let offset):
      #expect(outcome.damage?.offset == offset && outcome.unread == offset, words)
    case .reserved:
      // Nothing durable is hit.
      #expect(outcome.log?.recovery.tornTail != nil && outcome.unread == nil && outcome.trouble == nil, words)
    }
  }

  /// Whether the damage left a whole slot of the mark empty.
  private func isErased(_ damage: DiskDamage) -> Bool {
    switch damage {
    case .zeros(_, let range): range.contains(0) && range.count >= 512 || range.contains(4096) && range.contains(4400)
    case .truncated(_, let size): size == 0 || size == 4096
    default: false
    }
  }

  private func firstChange(_ damage: DiskDamage, in name: String, from position: Int) throws -> Int? {
    let other = stage.disk.killed()
    other.damage(damage)
    let before = try stage.disk.open(name, isWritable: false)
    let after = try other.open(name, isWritable: false)
    let (old, new) = (try before.read(before.size(), at: 0), try after.read(after.size(), at: 0))
    return zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  }
}
