"""What a plugin may supply, and finding plugins."""

from cardiobench.plugins.registry import Plugins, load_plugins

__all__ = ["Plugins", "load_plugins"]
