"""SSH tunnels through the system's own ssh: its configuration, agent and jump hosts."""

from .tunnels import Tunnels

__all__ = ["Tunnels"]
