"""Shared painted widgets: every view is built from these, so all of them look and behave alike."""

from .buttons import (
    Button,
    IconButton,
    LinkButton,
    PrimaryButton,
    PrimaryVerbButton,
    VerbButton,
    bind,
    key_text,
    refresh_bound,
)
from .chips import Chip, FilterChip
from .fields import Check, Choice, FilterBox, NumberField, TextField
from .keyvalue import KeyValue, KeyValueList
from .layout import Splitter, Surface, Toolbar, column
from .lists import BLANK, ListView, Role, RowDelegate, TreeView
from .messages import Detail, EmptyState, InlineProblem, Message, Offer, Picture
from .paint import Themed, dot, elided, focus_ring, rounded
from .scroll import SlimBar, slim_bars
from .segments import SegmentedBar
from .text import ElidedLabel, Heading, Line, Paragraph

__all__ = [
    "BLANK",
    "Button",
    "Check",
    "Chip",
    "Choice",
    "Detail",
    "ElidedLabel",
    "EmptyState",
    "FilterBox",
    "FilterChip",
    "Heading",
    "IconButton",
    "InlineProblem",
    "KeyValue",
    "KeyValueList",
    "Line",
    "LinkButton",
    "ListView",
    "Message",
    "NumberField",
    "Offer",
    "Paragraph",
    "Picture",
    "PrimaryButton",
    "PrimaryVerbButton",
    "Role",
    "RowDelegate",
    "SegmentedBar",
    "SlimBar",
    "Splitter",
    "Surface",
    "TextField",
    "Themed",
    "Toolbar",
    "TreeView",
    "VerbButton",
    "bind",
    "column",
    "dot",
    "elided",
    "focus_ring",
    "key_text",
    "refresh_bound",
    "rounded",
    "slim_bars",
]
