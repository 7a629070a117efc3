"""What Backlight itself ran, as a tab."""
