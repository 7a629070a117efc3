"""Every engine against the same expectations: what `engines/base.py` promises, on real databases."""
