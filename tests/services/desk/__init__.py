"""The application that workers run in most tests: tasks that note when they ran, and fail when they are told to."""
