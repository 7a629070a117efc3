"""The test runner behind ``python3 -m tests`` and the pytest plugins that every run uses."""
