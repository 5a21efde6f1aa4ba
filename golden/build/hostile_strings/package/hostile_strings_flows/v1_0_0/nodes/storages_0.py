"""Storages, by name."""

from selinon.abi import Reference, StorageSpec, binary, moment, real

STORAGES: dict[str, StorageSpec] = {
    'it\'s "odd" \\ {x} \u2013 \xe9': StorageSpec(
        name='it\'s "odd" \\ {x} \u2013 \xe9',
        adapter=Reference("storage", "Keeping"),
        configuration={
            "backslash": "\\N{DEGREE SIGN} \\x41 \\",
            "braces": "{x} {{ y }} {% raw %} ${HOME} %(z)s",
            "bytes": binary("0001ff22"),
            "class": "a keyword",
            "day": moment("2020-02-29"),
            "elsewhere": moment("2020-02-29T12:30:45+05:30"),
            "empty": "",
            "moment": moment("2020-02-29T12:30:45.500000+00:00"),
            "nested": [
                dict(
                    [
                        (1, "one"),
                        (1.5, "one and a half"),
                        (None, "nothing"),
                        (moment("2020-01-01"), "new year"),
                    ],
                ),
                [],
                {},
            ],
            "newlines": "first\nsecond\r\nthird\ttab\x00end\u2028",
            "nothing": None,
            "numbers": [
                0,
                -1,
                1000000,
                18446744073709551616,
                31,
                0.1,
                -0.0,
                1e300,
                real("inf"),
                real("-inf"),
                real("nan"),
            ],
            "quotes": 'it\'s "this" and """that""" or \'\'\'',
            "truth": [True, False],
            "umlauts": "\xe4\xf6\xfc \u65e5\u672c\u8a9e \U0001f642",
        },
    ),
}
