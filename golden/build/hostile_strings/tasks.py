"""Tasks that tell whether every value arrived as it was written."""

from datetime import date, datetime, timedelta, timezone

from selinon import SelinonTask

INFINITE = float("inf")
EXPECTED = {
    "quotes": "it's \"this\" and \"\"\"that\"\"\" or '''",
    "newlines": "first\nsecond\r\nthird\ttab\0end\u2028",
    "braces": "{x} {{ y }} {% raw %} ${HOME} %(z)s",
    "backslash": "\\N{DEGREE SIGN} \\x41 \\",
    "umlauts": "äöü 日本語 🙂",
    "empty": "",
    "nothing": None,
    "truth": [True, False],
    "numbers": [0, -1, 10**6, 2**64, 31, 0.1, -0.0, 1e300, INFINITE, -INFINITE, float("nan")],
    "day": date(2020, 2, 29),
    "moment": datetime(2020, 2, 29, 12, 30, 45, 500000, timezone.utc),
    "elsewhere": datetime(2020, 2, 29, 12, 30, 45, 0, timezone(timedelta(hours=5, minutes=30))),
    "bytes": b'\x00\x01\xff"',
    "nested": [
        {1: "one", 1.5: "one and a half", None: "nothing", date(2020, 1, 1): "new year"},
        [],
        {},
    ],
    "class": "a keyword",
}


def note(event, details):
    """Take note of an event."""


class Tell(SelinonTask):
    """Tell what the storage was configured with, if there is one."""

    def run(self, node_args):
        """Return values that conditions look for; fail if the configuration is not the expected one."""
        if self.storage is not None:
            for name, value in EXPECTED.items():
                # The text is compared: no number equals `nan`, and `-0.0` equals `0`.
                assert repr(self.storage.configuration[name]) == repr(value), name
            assert self.storage.configuration.keys() == EXPECTED.keys()
        return {
            "text": "\"\"\"\n\\'{x}{{y}}é🙂\"",
            "day": date(2020, 2, 29),
            "number": float("nan"),
            "nested": {'a\\b"c': {"deep": [None, "#", "\x7f"]}},
        }
