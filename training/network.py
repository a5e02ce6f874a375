"""The network: where in a picture plates are, and lines of on-screen displays, as quadrilaterals.

Fully convolutional. A trunk halves the picture five times; what the coarse stages make of it is added back to the
finer ones (Lin et al., "Feature Pyramid Networks for Object Detection", 2017) up to a fourth of the picture's size,
where two heads answer. Its form follows what one thread of OpenCV 5 takes for it: there the first convolution costs as
much as all that follows, so it has eight channels; 3x3 convolutions are quick in multiples of 32 channels up to an
eighth of the size, depthwise 5x5 ones below, where they see far. `CELL` and `REACH` say how answers become corners.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

STEM, QUARTER, EIGHTH, SIXTEENTH, LAST = 8, 24, 32, 64, 128
"""Channels at a half, a fourth, an eighth, a sixteenth and a thirty-second of the picture's size."""

HEAD = 16
"""Channels that both heads share."""

ANSWERS = 9
"""Of a head: the logit of the score, then x and y of the corners top left, top right, bottom right, bottom left."""

SURELY_NOTHING = -4.0
"""Logit that the heads begin with, as most of a picture is no plate: training would spend its first steps on it."""


def convolution(entering: int, leaving: int, stride: int = 1) -> nn.Sequential:
    """3x3, normalised, cut off at nought."""
    layer = nn.Conv2d(entering, leaving, 3, stride, 1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(leaving), nn.ReLU())


class Dense(nn.Module):
    """Adds what one 3x3 convolution sees."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.seen = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Same shape in and out."""
        return functional.relu(features + self.seen(features))


class Far(nn.Module):
    """Adds what a depthwise 5x5 convolution sees, mixed."""

    def __init__(self, channels: int, kernel: int = 5) -> None:
        super().__init__()
        self.seen = nn.Sequential(
            nn.Conv2d(channels, channels, kernel, 1, kernel // 2, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Same shape in and out."""
        return functional.relu(features + self.seen(features))


class Merge(nn.Module):
    """Adds coarse features to those of twice the size."""

    def __init__(self, coarse: int, fine: int, kernel: int = 5) -> None:
        super().__init__()
        self.told = nn.Conv2d(coarse, fine, 1)
        self.mixed = Far(fine, kernel)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Coarse (n, coarse, h, w) and fine (n, fine, 2h, 2w) to the shape of the fine."""
        told = functional.interpolate(self.told(coarse), scale_factor=2.0, mode="nearest")
        mixed: Tensor = self.mixed(functional.relu(fine + told))
        return mixed


class PlateNetwork(nn.Module):
    """Pictures to scores and corners of plates and of lines, for each fourth pixel across and down."""

    def __init__(self) -> None:
        super().__init__()
        self.quarter = nn.Sequential(convolution(3, STEM, 2), convolution(STEM, QUARTER, 2))
        self.eighth = nn.Sequential(convolution(QUARTER, EIGHTH, 2), Dense(EIGHTH))
        self.sixteenth = nn.Sequential(convolution(EIGHTH, SIXTEENTH, 2), Dense(SIXTEENTH), Dense(SIXTEENTH))
        self.last = nn.Sequential(convolution(SIXTEENTH, LAST, 2), Far(LAST), Far(LAST), Far(LAST))
        self.to_sixteenth = Merge(LAST, SIXTEENTH)
        self.to_eighth = Merge(SIXTEENTH, EIGHTH)
        self.thinned = nn.Conv2d(QUARTER, HEAD, 1)
        self.to_quarter = Merge(EIGHTH, HEAD, 3)
        self.plates = head()
        self.lines = head()

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """RGB / 127.5 - 1, (n, 3, H, W), sides multiples of 32, to plates and lines, each (n, 9, H/4, W/4)."""
        quarter = self.quarter(picture)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        features = self.to_sixteenth(self.last(sixteenth), sixteenth)
        features = self.to_eighth(features, eighth)
        features = self.to_quarter(features, self.thinned(quarter))
        return self.plates(features), self.lines(features)


def head() -> nn.Conv2d:
    """From the shared features to the answers, sure of nothing being there to begin with."""
    layer = nn.Conv2d(HEAD, ANSWERS, 1)
    with torch.no_grad():
        layer.bias[0] = SURELY_NOTHING
    return layer
