"""Icons drawn in the page, so that they take the colour of their text and need no request.

Usage: `{% load icons %}{% icon "check" %}`. They are decoration: a word always stands beside them or labels the
control they are in.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_STROKES = {
    "check": '<path d="M3 8.5l3.5 3.5L13 4.5"/>',
    "cross": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "error": '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5v4.2M8 11v.5"/>',
    "clock": '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5V8l2.5 2"/>',
    "running": '<path d="M13.5 8A5.5 5.5 0 1 1 10 2.9"/><path d="M10 .8v2.6H7.4"/>',
    "offline": '<path d="M2 6.2a9 9 0 0 1 3-1.7M8 3.9a9 9 0 0 1 6 2.3M4.6 9a5 5 0 0 1 2-1.1M10 8.2A5 5 0 0 1 11.4 9'
    'M8 12.5v.2M2.5 2l11 12"/>',
    "stopped": '<circle cx="8" cy="8" r="6.5"/><path d="M4.5 11.5l7-7"/>',
    "system": '<rect x="1.5" y="2.5" width="13" height="9" rx="1"/><path d="M5 14h6M8 11.5V14"/>',
    "light": '<circle cx="8" cy="8" r="3"/><path d="M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6L13 13M13 3l-1.4'
    ' 1.4M4.4 11.6L3 13"/>',
    "dark": '<path d="M13.5 9.5A6 6 0 1 1 6.5 2.5a5 5 0 0 0 7 7z"/>',
    "pencil": '<path d="M2.5 13.5l.8-3.2 7.6-7.6 2.4 2.4-7.6 7.6z"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "minus": '<path d="M3 8h10"/>',
    "undo": '<path d="M6 3L2.5 6.5 6 10"/><path d="M2.5 6.5h7a4 4 0 0 1 0 8H7"/>',
    "redo": '<path d="M10 3l3.5 3.5L10 10"/><path d="M13.5 6.5h-7a4 4 0 0 0 0 8H9"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5L14 14"/>',
    "arrow": '<path d="M2 8h11M9.5 4.5L13 8l-3.5 3.5"/>',
}
_MARK = "".join(
    f'<rect class="sw w{step}" x="{x}" y="{y}" width="8" height="8" rx="2"/>'
    for step, x, y in ((8, 1, 1), (16, 11, 1), (24, 1, 11), (28, 11, 11))
)


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon called `name`, hidden from screen readers."""
    box, css, drawing = (20, "mark", _MARK) if name == "mark" else (16, "icon", _STROKES[name])
    svg = '<svg class="{}" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>'
    return format_html(svg, css, box, box, mark_safe(drawing))  # noqa: S308  the constants above
