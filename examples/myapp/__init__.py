"""The example application: tasks that tidy texts, count their words and report on them."""
