# %%
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.nbship.colab]
# accelerator = "GPU"
# gpu_type = "T4"
#
# [tool.nbship.smoke]
# parameters = { EPOCHS = 2, CLIPS = 6 }
# timeout = 300
# ///

# %% [markdown]
# # Does the classifier learn at all?
#
# The same features and the same model as in `trainer`, on sounds that we make here: vowels whose
# formants we know. It needs no dataset and no account but Google's, so it is the notebook for a
# first evening with the lab, and the one to ask when `trainer` behaves strangely.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sahel.classifier import accuracy, hold_out, loss, new_classifier, train_epoch
from sahel.features import MELS, clip_features
from sahel.plots import loss_figure

# %% tags=["parameters"]
EPOCHS = 20
LEARNING_RATE = 0.1
CLIPS = 20
SEED = 7

# %% [markdown]
# ## Three vowels
#
# A vowel is a buzz (all harmonics of a pitch) seen through two formants. The pitch differs from
# clip to clip: the model must listen to the formants, not to the speaker.

# %%
RATE = 8000  # Hz
FORMANTS_HZ = {"a": (800, 1250), "i": (280, 2250), "u": (320, 750)}


def vowel(formants, random):
    """Return half a second of a vowel, shape (samples,), with some noise, at RATE Hz."""
    time = np.arange(RATE // 2) / RATE
    pitch = random.uniform(100, 220)
    sound = random.normal(scale=0.02, size=len(time))
    for hz in np.arange(pitch, 3600, pitch):
        gain = sum(1 / (1 + ((hz - formant) / 150) ** 2) for formant in formants)
        sound += gain * np.sin(2 * np.pi * (hz * time + random.uniform()))
    return sound


# %%
random = np.random.default_rng(SEED)
vowels = tuple(FORMANTS_HZ)
labels = np.repeat(np.arange(len(vowels)), CLIPS)
sounds = [vowel(FORMANTS_HZ[vowels[label]], random) for label in labels]
features = np.array([clip_features(sound, RATE) for sound in sounds])
training, held_out = hold_out(labels, share=1 / 3, random=random)

# %%
figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for label, name in enumerate(vowels):
    axes.plot(features[labels == label].T, color=f"C{label}", alpha=0.3)
    axes.plot(features[labels == label].mean(axis=0), color=f"C{label}", linewidth=2, label=name)
axes.set(xlabel="mel band", ylabel="level (deviations)", title="What the model sees")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Training

# %%
model = new_classifier(MELS, vowels)
losses = {"training": [], "held_out": []}

for epoch in range(EPOCHS + 1):
    if epoch > 0:
        model = train_epoch(model, features[training], labels[training], LEARNING_RATE, random)
    losses["training"].append(loss(model, features[training], labels[training]))
    losses["held_out"].append(loss(model, features[held_out], labels[held_out]))
    right = accuracy(model, features[held_out], labels[held_out])
    print(f"epoch {epoch:3d}/{EPOCHS}  loss {losses['training'][-1]:.4f}  accuracy {right:.0%}")

# %%
loss_figure(losses["training"], losses["held_out"], chance=np.log(len(vowels)))
plt.show()

# %% [markdown]
# Vowels this clean have to be told apart. If they are not, look for the fault in `sahel/`, not in
# the recordings.

# %%
assert losses["training"][-1] < losses["training"][0], "the loss did not fall"
assert right > 0.9, f"accuracy {right:.0%} on vowels that anybody can tell apart"
