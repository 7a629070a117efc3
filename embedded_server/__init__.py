"""The server process: everything that touches a database, a file or the network."""
