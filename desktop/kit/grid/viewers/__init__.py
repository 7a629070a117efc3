"""Viewers of one value: text, JSON, hexadecimal, image, time."""
