extension Array where Element == UInt8 {
  /// The last millisecond of the year 9999: RFC 3339 has four digits for the year.
  private static let timestampMax: UInt64 = 253_402_300_799_999

  /// Appends a time as RFC 3339 writes it, in UTC with milliseconds: `2026-11-23T11:34:00.250Z`.
  /// - Parameter milliseconds: since 1970, by the calendar of days with 86,400 s; later than the year 9999 is its end.
  mutating func appendTimestamp(_ milliseconds: UInt64) {
    let time = Int(Swift.min(milliseconds, Self.timestampMax))
    let (year, month, day) = Self.date(daysSince1970: time / 86_400_000)
    let rest = time % 86_400_000
    appendDigits(year, 4, after: nil)
    appendDigits(month, 2, after: "-")
    appendDigits(day, 2, after: "-")
    appendDigits(rest / 3_600_000, 2, after: "T")
    appendDigits(rest / 60_000 % 60, 2, after: ":")
    appendDigits(rest / 1_000 % 60, 2, after: ":")
    appendDigits(rest % 1_000, 3, after: ".")
    append(UInt8(ascii: "Z"))
  }

  private mutating func appendDigits(_ number: Int, _ count: Int, after mark: Unicode.Scalar?) {
    if let mark { append(UInt8(ascii: mark)) }
    var unit = 1
    for _ in 1..<count { unit *= 10 }
    while unit > 0 {
      append(UInt8(ascii: "0") + UInt8(number / unit % 10))
      unit /= 10
    }
  }

  /// The day of the Gregorian calendar. Years are counted from March, so that the leap day is a year's last.
  private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    // 1970-01-01 is day 719,468 from 0000-03-01; 400 years have 146,097 days.
    let days = daysSince1970 + 719_468
    let (era, dayOfEra) = (days / 146_097, days % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // Five months from March on have 153 days, again and again.
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}
