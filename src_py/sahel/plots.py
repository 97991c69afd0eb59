"""Figures that more than one notebook shows."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator


def loss_figure(training: Sequence[float], held_out: Sequence[float], chance: float) -> Figure:
    """Draw both losses (nats), one value an epoch from epoch 0, and what a guess would cost."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.axhline(chance, color="0.6", linestyle=":", label="a guess")
    axes.plot(training, marker="o", markersize=3, label="training clips")
    axes.plot(held_out, marker="o", markersize=3, label="held-out clips")
    axes.set(
        xlabel="epoch", ylabel="loss (nats)", title="Which language is spoken?", ylim=(0, None)
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure
