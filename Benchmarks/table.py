"""Medians, tables and bars."""
import statistics


def median(rows, name):
    """The median of what the rows have; None if none has it."""
    values = [row[name] for row in rows if row.get(name) is not None]
    return statistics.median(values) if values else None


class Table:
    """Columns of a title and a format; a format that begins with `<` is for texts, left-aligned."""

    def __init__(self, *columns):
        self.columns = columns
        self.rows = [[title for title, _ in columns]]

    def row(self, *values):
        self.rows.append([self.text(value, form) for value, (_, form) in zip(values, self.columns, strict=True)])

    @staticmethod
    def text(value, form):
        if value is None:
            return "-"
        return str(value) if form.startswith("<") else format(value, form)

    def print(self):
        widths = [max(len(row[index]) for row in self.rows) for index in range(len(self.columns))]
        for row in self.rows:
            cells = [cell.ljust(width) if form.startswith("<") else cell.rjust(width)
                     for cell, width, (_, form) in zip(row, widths, self.columns)]
            print("  ".join(cells).rstrip())


def print_bars(bars):
    """Prints each bar, (what, value, ">=" or "<=", limit), and returns whether all are met."""
    is_met = True
    for what, value, relation, limit in bars:
        is_ok = value >= limit if relation == ">=" else value <= limit
        print(f"{what}: {value:.2f} (bar: {relation} {limit:g}) {'ok' if is_ok else 'MISSED'}")
        is_met = is_met and is_ok
    return is_met
