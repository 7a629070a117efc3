"""The tests of Backlight. ``python3 -m tests`` prepares an environment and runs all of them."""
