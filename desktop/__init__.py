"""The window process: Qt, msgspec and the wire types; never a database driver."""
