"""Sessions that live in a worker process of the server, and the pipe between."""
