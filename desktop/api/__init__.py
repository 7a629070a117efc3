"""The window's side of the contract: calls, events and the server process."""
