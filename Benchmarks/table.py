"""Results as text: figures down, contestants across, then the bars. Pure."""
from figures import OURS, median, ratios, values

# What rates were made of.
HIDDEN = ("requests", "seconds")


def number(value):
    """Three digits or more."""
    if value is None:
        return "-"
    if value and abs(value) < 0.1:
        return f"{value:.3g}"
    return f"{value:,.{0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2}f}"


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def figure_names(results):
    """All numeric figures, in the order of their first row."""
    names = {}
    for rows in results.values():
        for row in rows:
            names.update(dict.fromkeys(name for name, value in row.items() if is_number(value) and name not in HIDDEN))
    return list(names)


def spread(found):
    return f"{number(min(found))} .. {number(max(found))}" if len(found) > 1 else ""


def lines(cells):
    """Rows of texts as lines, the first column to the left."""
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
    for row in cells:
        first, *others = [cell.ljust(widths[0]) if index == 0 else cell.rjust(width)
                          for index, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join([first, *others]).rstrip()


def results_table(results):
    """The median of each contestant, and the spread of ours."""
    others = [name for name in results if name != OURS]
    cells = [["", OURS, "min .. max", *others]]
    for name in figure_names(results):
        cells.append([name, number(median(results[OURS], name)), spread(values(results[OURS], name)),
                      *(number(median(results[other], name)) for other in others)])
    return "\n".join(lines(cells))


def comparison_table(results, base):
    """Both builds, and the ratio of the present one to the other within a round."""
    cells = [["", base, "present", "present / base", "min .. max"]]
    for name in figure_names(results):
        found = ratios(results[OURS], results[base], name)
        cells.append([name, number(median(results[base], name)), number(median(results[OURS], name)),
                      number(median([{name: ratio} for ratio in found], name)), spread(found)])
    return "\n".join(lines(cells))


def bar_line(judged):
    bar = judged.bar
    return (f"bar {bar.number}, {bar.what}: {number(judged.value)}, {number(judged.least)} .. {number(judged.most)} "
            f"(bar: {bar.relation} {bar.limit:g}) {'ok' if judged.is_met else 'MISSED'}")


def reported(results, judged):
    """The same for programs: every row, the medians, and the bars."""
    return {
        "medians": {contestant: {name: median(rows, name) for name in figure_names({contestant: rows})}
                    for contestant, rows in results.items()},
        "bars": [{**each.bar._asdict(), "value": each.value, "least": each.least, "most": each.most,
                  "is_met": each.is_met} for each in judged],
        "rounds": results,
    }
