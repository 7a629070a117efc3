"""What happened in a request: intake, the list, one trace, two side by side."""
