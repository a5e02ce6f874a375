"""Synthetic scenes: pictures as a camera would take them, with number plates whose corners are known to the pixel.

`scene(seed)` sets a ground, puts negatives and cars with plates on it, lights it, photographs it, at times writes an
on-screen display over it, and stores it as a camera would. `python -m training.scenes sheet.png` shows some.
"""

from training.scenes.scene import Scene, scene

__all__ = ["Scene", "scene"]
