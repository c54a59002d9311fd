# SPDX-License-Identifier: MIT
"""The chart: for each program, a bar to the ratio with each peer, on a
logarithmic scale; bars to the left of the line at 1 are the subject's wins."""

import math
from xml.sax.saxutils import escape

COLOURS = ["#1b6ca8", "#d1495b", "#3d8b58", "#8d6a9f", "#c98a1b", "#555555"]
LABEL_WIDTH, PANEL_WIDTH, GAP = 130, 400, 30
VALUE_ROOM = 42          # beside the longest bar, for its number
BAR, BAR_GAP, ROW_GAP = 11, 2, 12
TOP, BOTTOM, RIGHT = 118, 40, 20
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
PANELS = [("time_ratio", "time"), ("memory_ratio", "resident memory")]


class Scale:
    """Ratios to x positions in a panel, with 1 and some room always inside."""

    def __init__(self, ratios, left):
        self.low = min([0.5, *(ratio / 1.15 for ratio in ratios)])
        self.high = max([2, *(ratio * 1.15 for ratio in ratios)])
        self.left = left + VALUE_ROOM
        self.width = PANEL_WIDTH - 2 * VALUE_ROOM

    def x(self, ratio):
        share = (math.log(ratio) - math.log(self.low)) / (
            math.log(self.high) - math.log(self.low))
        return self.left + share * self.width

    def ticks(self):
        return [tick for tick in TICKS if self.low <= tick <= self.high]


def text(x, y, content, anchor="start", size=12, colour="#222222", weight=""):
    bold = f' font-weight="{weight}"' if weight else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"'
            f' text-anchor="{anchor}"{bold}>{escape(content)}</text>')


def rows_of(programs, peers):
    """[(program, [(peer, row), ...])], only what has a ratio."""
    rows = []
    for name, summary in programs.items():
        compared = [(peer, summary["peers"][peer]) for peer in peers
                    if summary["peers"].get(peer, {}).get("time_ratio")]
        if compared:
            rows.append((name, compared))
    return rows


def height_of(compared):
    return len(compared) * (BAR + BAR_GAP) + ROW_GAP


def axis(scale, bottom):
    parts = []
    for tick in scale.ticks():
        x = scale.x(tick)
        one = tick == 1
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" '
            f'stroke="{"#222222" if one else "#dddddd"}" '
            f'stroke-width="{1.5 if one else 1}"/>')
        parts.append(text(x, bottom + 16, f"{tick:g}", "middle", 11))
    return parts


def bar(scale, y, ratio, colour, label):
    one, end = scale.x(1), scale.x(ratio)
    left, width = min(one, end), max(abs(end - one), 1)
    at, anchor = (end - 4, "end") if ratio < 1 else (end + 4, "start")
    return [
        f'<rect class="bar" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" '
        f'height="{BAR}" fill="{colour}"><title>{escape(label)}: {ratio:.3g}'
        '</title></rect>',
        text(at, y + BAR - 2, f"{ratio:.2f}", anchor, 10, "#444444")]


def panel(rows, key, left, colours, bottom):
    ratios = [row[key] for _, compared in rows for _, row in compared
              if row.get(key)]
    scale = Scale(ratios, left)
    parts, y = axis(scale, bottom), TOP
    for name, compared in rows:
        for peer, row in compared:
            if row.get(key):
                parts += bar(scale, y, row[key], colours[peer],
                             f"{name} against {peer}")
            y += BAR + BAR_GAP
        y += ROW_GAP
    return parts


def legend(colours):
    parts, x = [], LABEL_WIDTH
    for peer, colour in colours.items():
        parts.append(f'<rect x="{x}" y="62" width="12" height="12" '
                     f'fill="{colour}"/>')
        parts.append(text(x + 18, 72, f"against {peer}"))
        x += 40 + 8 * len(f"against {peer}")
    return parts


def draw(programs, subject, peers, remark):
    """The chart as the text of an SVG file."""
    peers = [peer for peer in peers if peer != subject]
    rows = rows_of(programs, peers)
    colours = dict(zip(peers, COLOURS * (1 + len(peers) // len(COLOURS))))
    bottom = TOP + sum(height_of(compared) for _, compared in rows)
    width = LABEL_WIDTH + len(PANELS) * (PANEL_WIDTH + GAP) + RIGHT
    height = bottom + BOTTOM

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans, Verdana, sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(LABEL_WIDTH, 26, f"{subject} over its peers", size=17,
             weight="bold"),
        text(LABEL_WIDTH, 46, f"left of the line: {subject} is faster, or "
             f"smaller. {remark}", colour="#555555"),
        *legend(colours)]
    y = TOP
    for name, compared in rows:
        middle = y + (height_of(compared) - ROW_GAP) / 2 + 3
        parts.append(text(LABEL_WIDTH - 10, middle, name, "end"))
        y += height_of(compared)
    for index, (key, title) in enumerate(PANELS):
        left = LABEL_WIDTH + index * (PANEL_WIDTH + GAP)
        parts.append(text(left + PANEL_WIDTH / 2, TOP - 18, title, "middle",
                          13, weight="bold"))
        parts += panel(rows, key, left, colours, bottom)
    return "\n".join([*parts, "</svg>", ""])
