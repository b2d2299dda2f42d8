"""GengNet: the first network on instantaneous images of surface EMG, the baseline of those that followed.

    W. Geng, Y. Du, W. Jin, W. Wei, Y. Hu, J. Li, "Gesture recognition by instantaneous surface EMG images", Scientific
    Reports 6:36571, 2016, doi 10.1038/srep36571.

Two convolutions, two locally connected layers, three fully connected ones and the classifier, ReLU, batch normalisation
after the input and before each non-linearity, dropout of 0.5 after the fourth to the sixth layer; written from the
paper's description. With a bias at each position the locally connected layers bring it to 5,626,696 weights for
8 gestures of 16x8 electrodes, the "5.63 M" that arXiv 2305.08014 states of it. Their training with the subjects'
pre-trained weights is not here: it starts from nothing, as its rivals do.
"""

from typing import Final

from torch import nn

from models.networks.grid_net import Conv, Dense, Design, Local

DROPOUT: Final = 0.5

GENG_NET: Final = Design(
    (
        *(Conv(64), Conv(64)),
        *(Local(64), Local(64, DROPOUT)),
        *(Dense(512, DROPOUT), Dense(512, DROPOUT), Dense(128)),
    ),
    activation=nn.ReLU,
)
