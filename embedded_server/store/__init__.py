"""The workspace: connections, history, later captures; one SQLite database in a folder of the user's."""
