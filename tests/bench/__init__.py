"""Speed as ratios: each case beside its yardstick, in one interleaved run. ``python3 -m tests bench``."""
