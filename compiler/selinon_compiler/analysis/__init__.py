"""Facts about graphs, computed once by linear algorithms."""
