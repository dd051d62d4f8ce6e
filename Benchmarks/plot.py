"""A line chart as SVG: the horizontal axis logarithmic, the vertical one from 0. Pure."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 880, 460
LEFT, RIGHT, TOP, BOTTOM = 76, 310, 64, 54
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d00", "#444444")
INK, GRID = "#222222", "#dddddd"


def nice_steps(most):
    """About five round numbers from 0 up to the first that is not below `most`."""
    size = 10 ** math.floor(math.log10(most / 5))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor * 5 >= most)
    return [step * index for index in range(math.ceil(most / step) + 1)]


class Plot:
    """Lines of (x, y), both above 0; a point without y is left out. `ticks` are (x, label), else the xs themselves."""

    def __init__(self, title, across, up):
        self.title, self.across, self.up = title, across, up
        self.lines, self.ticks = [], None

    def line(self, name, points):
        points = [(x, y) for x, y in points if y]
        if points:
            self.lines.append((name, points))

    def svg(self):
        """The document; there must be a line."""
        xs = sorted({x for _, points in self.lines for x, _ in points})
        ticks = self.ticks or [(x, f"{x:,}") for x in xs]
        low, high = math.log(xs[0]), math.log(max(xs[-1], xs[0] * 1.01))
        steps = nice_steps(max(y for _, points in self.lines for _, y in points))

        def across(x):
            return LEFT + (math.log(x) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

        def up(y):
            return HEIGHT - BOTTOM - y / steps[-1] * (HEIGHT - TOP - BOTTOM)

        parts = [text(LEFT, 24, self.title, size=16), text(8, TOP - 18, self.up),
                 text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, self.across, "middle")]
        for y in steps:
            parts += [path([(LEFT, up(y)), (WIDTH - RIGHT, up(y))], GRID, 1),
                      text(LEFT - 8, up(y) + 4, f"{y:,.10g}", "end")]
        for x, label in ticks:
            parts += [path([(across(x), HEIGHT - BOTTOM), (across(x), HEIGHT - BOTTOM + 5)], INK, 1),
                      text(across(x), HEIGHT - BOTTOM + 19, label, "middle")]
        for index, (name, points) in enumerate(self.lines):
            colour = COLOURS[index % len(COLOURS)]
            places = [(across(x), up(y)) for x, y in points]
            parts.append(path(places, colour, 2))
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
            height = TOP + 12 + index * 20
            parts += [path([(WIDTH - RIGHT + 14, height), (WIDTH - RIGHT + 34, height)], colour, 2),
                      text(WIDTH - RIGHT + 40, height + 4, name)]
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>", ""])


def text(x, y, words, anchor="start", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{INK}">'
            f'{escape(words)}</text>')


def path(points, colour, width):
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
