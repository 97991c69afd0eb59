# %%
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.nbship.kaggle]
# id = "ous-sow/sahel-kaggle-master-trainer"
# title = "Sahel Kaggle Master Trainer"
# is_private = true
# machine_shape = "NvidiaTeslaT4"
# enable_internet = true
# dataset_sources = ["google/fleurs", "robotsmali/jeli-asr"]
#
# [tool.nbship.smoke]
# parameters = { EPOCHS = 1 }
# timeout = 300
# ///

# %% [markdown]
# # Sahel Kaggle Master Trainer
#
# Which language of the Sahel is spoken in a clip? We train the smallest model that can answer, on
# everything that the two datasets hold. Two reasons: a recording in the wrong folder is found by
# it, and other notebooks pick clips with it (`train_fula_tts`).
#
# The model is numpy alone. The header asks for a T4 nevertheless, because the encoder that comes
# next needs one, and the way from git to a GPU is then already well trodden.

# %%
import json
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sahel.classifier import accuracy, hold_out, loss, new_classifier, save, train_epoch
from sahel.corpus import read_clips
from sahel.features import MELS, clip_features, log_mel
from sahel.inputs import find_dataset
from sahel.plots import loss_figure

# %% tags=["parameters"]
EPOCHS = 30
LEARNING_RATE = 0.1
SEED = 7

# %% [markdown]
# ## The clips
#
# Both datasets have a manifest with the language of each clip. We count before we train: a
# language with few clips is one on which the accuracy below means little.

# %%
clips = [
    clip
    for source in ("google/fleurs", "robotsmali/jeli-asr")
    for clip in read_clips(find_dataset(source))
]
languages = tuple(sorted({clip.language for clip in clips}))

counts = Counter(clip.language for clip in clips)
for language in languages:
    seconds = sum(clip.seconds for clip in clips if clip.language == language)
    print(f"{language}: {counts[language]:4d} clips, {seconds:7.1f} s")

# %% [markdown]
# ## What the model sees
#
# One clip of each language, as a log-mel spectrogram. The model gets the average over time, freed
# of loudness: 24 numbers for a clip.

# %%
figure, all_axes = plt.subplots(
    1, len(languages), figsize=(10, 3), sharey=True, squeeze=False, layout="constrained"
)
for axes, language in zip(all_axes[0], languages, strict=True):
    clip = next(clip for clip in clips if clip.language == language)
    picture = log_mel(clip.samples, clip.rate).T
    axes.imshow(picture, origin="lower", aspect="auto", extent=(0, clip.seconds, 0, MELS))
    axes.set(title=language, xlabel="time (s)")
all_axes[0, 0].set_ylabel("mel band")
plt.show()

# %%
features = np.array([clip_features(clip.samples, clip.rate) for clip in clips])
labels = np.array([languages.index(clip.language) for clip in clips])

random = np.random.default_rng(SEED)
training, held_out = hold_out(labels, share=1 / 3, random=random)
print(f"{len(training)} clips to train on, {len(held_out)} held out")

# %% [markdown]
# ## Training
#
# Epoch 0 is the model before it has seen anything: its loss is that of a guess, log(languages).

# %%
model = new_classifier(MELS, languages)
losses = {"training": [], "held_out": []}

for epoch in range(EPOCHS + 1):
    if epoch > 0:
        model = train_epoch(model, features[training], labels[training], LEARNING_RATE, random)
    losses["training"].append(loss(model, features[training], labels[training]))
    losses["held_out"].append(loss(model, features[held_out], labels[held_out]))
    right = accuracy(model, features[held_out], labels[held_out])
    print(
        f"epoch {epoch:3d}/{EPOCHS}  loss {losses['training'][-1]:.4f}"
        f"  held out: loss {losses['held_out'][-1]:.4f}, accuracy {right:.0%}"
    )

# %%
figure = loss_figure(losses["training"], losses["held_out"], chance=np.log(len(languages)))
figure.savefig("loss.png", dpi=120)
plt.show()

# %% [markdown]
# ## What stays
#
# Only files in the working folder outlive the session. `weights.npz` is what `train_fula_tts`
# reads; `metrics.json` says how good it is, and with which parameters it was made.

# %%
metrics = {
    "made_by": "src_py/trainer.py",
    "languages": languages,
    "parameters": {"EPOCHS": EPOCHS, "LEARNING_RATE": LEARNING_RATE, "SEED": SEED},
    "clips": {"training": len(training), "held_out": len(held_out)},
    "loss": losses,
    "held_out_accuracy": right,
}
Path("metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
save(model, Path("weights.npz"))

# %% [markdown]
# A run that has learnt nothing must not look like a success: what we cannot use, we let fail.

# %%
assert losses["training"][-1] < losses["training"][0], "the loss on the training clips did not fall"
assert right > 1 / len(languages), f"accuracy {right:.0%} is no better than a guess"
