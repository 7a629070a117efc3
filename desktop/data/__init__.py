"""Browsing: the tree of tables, table tabs, the inspector of a row."""
