"""S-ConvNet and All-ConvNet: gestures from one sample of an electrode grid, as small networks trained from nothing.

    M. R. Islam, D. Massicotte, F. Nougarou, W. Zhu, "S-ConvNet: A Shallow Convolutional Neural Network Architecture
    for Neuromuscular Activity Recognition Using Instantaneous High-Density Surface EMG Images", arXiv 1906.03381.
    All-ConvNet again, with transfer learning, in arXiv 2305.08014.

The papers fix the layers (their tables I and II), ELU, batch normalisation after the input and before each
non-linearity, dropout of 0.35 (S-ConvNet) and 0.25 (All-ConvNet), Xavier initialisation. Of All-ConvNet they print
three things that cannot be: 16x16 inputs (CapgMyo is 16x8), an "8x8" last convolution and 0.008 M weights. A 1x1 last
convolution gives 461,064 weights, the 0.46 M that the authors state elsewhere. S-ConvNet A and C have more weights than
printed, as the table seems to leave the convolutions out.

Ours: padding 1 for 3x3; linear logits, as ELU after the map of classes clamps them at -1. A mean over positions and a
1x1 convolution commute, so the convolution that made the map of classes is the linear head, after the mean.
``all_convnet_elu`` is the papers' order, for comparison: its features are its logits, and its head cannot be replaced.
"""

from typing import Final

from models.networks.grid_net import Conv, Dense, Design, Layer, Mean, dropping

S_CONVNET_DROPOUT: Final = 0.35
ALL_CONVNET_DROPOUT: Final = 0.25


def _s_convnet(*layers: Conv | Dense) -> Design:
    return Design(dropping(S_CONVNET_DROPOUT, *layers, Dense(256)))


def _all_convnet(narrow: int, wide: int) -> tuple[Layer, ...]:
    return dropping(
        ALL_CONVNET_DROPOUT,
        *(Conv(narrow), Conv(narrow), Conv(narrow, stride=2)),
        *(Conv(wide), Conv(wide), Conv(wide, stride=2)),
        Conv(wide, kernel=1),
    )


S_CONVNET_A: Final = _s_convnet(Conv(32), Conv(64), Conv(64))
S_CONVNET_B: Final = _s_convnet(Conv(32), Conv(32, kernel=1), Conv(64), Conv(64, kernel=1))
S_CONVNET_C1: Final = _s_convnet(Conv(32), Conv(32), Conv(32), Conv(64), Conv(64), Conv(64))
"""C with stride 1 throughout."""
S_CONVNET_C2: Final = _s_convnet(Conv(32), Conv(32), Conv(32, stride=2), Conv(64), Conv(64), Conv(64, stride=2))
"""C that halves the image twice."""

ALL_CONVNET: Final = Design((*_all_convnet(64, 128), Mean()))
EMBEDDED: Final = Design((*_all_convnet(8, 16), Mean()))
"""All-ConvNet with an eighth of the widths, for a microcontroller; not the papers'."""


def all_convnet_elu(gestures: int) -> Design:
    """All-ConvNet as printed: an activated map of classes, then the mean."""
    return Design((*_all_convnet(64, 128), Conv(gestures, kernel=1), Mean()), linear_head=False)
