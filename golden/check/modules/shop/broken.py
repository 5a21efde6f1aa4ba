"""A module with a mistake."""


class Clean
    pass
