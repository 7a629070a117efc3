"""SQL as text: dialects, where statements end, tokens. Pure functions shared by server and window."""
