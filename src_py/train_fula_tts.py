# %%
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.nbship.kaggle]
# id = "ous-sow/train-fula-tts"
# title = "Train Fula TTS"
# is_private = true
# enable_internet = false
# dataset_sources = ["google/fleurs"]
# kernel_sources = ["ous-sow/sahel-kaggle-master-trainer"]
#
# [tool.nbship.smoke]
# parameters = { CLIPS = 2, SECONDS = 0.5 }
# timeout = 300
# ///

# %% [markdown]
# # Train Fula TTS
#
# The first step to a Fula voice: the pitch and the average spectrum of the clips that are most
# certainly Fula, and a sound made from these two. It hums, it does not speak. It is the baseline
# which a real model has to beat, and it shows at once when the clips are bad.
#
# What is certainly Fula we ask the model of the notebook `trainer`: its output is a source of this
# notebook.

# %%
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sahel.audio import write_wav
from sahel.classifier import load, probabilities
from sahel.corpus import read_clips
from sahel.features import MELS, clip_features
from sahel.inputs import find_dataset, find_notebook
from sahel.voice import fit_voice, harmonics, pitch_track, synthesise

# %% tags=["parameters"]
LANGUAGE = "ful"
CLIPS = 4
SECONDS = 1.5

# %% [markdown]
# ## The model that chooses
#
# First its own opinion of itself: with a poor accuracy, what follows is worth little.

# %%
trainer = find_notebook("ous-sow/sahel-kaggle-master-trainer")
model = load(trainer / "weights.npz", features=MELS)
metrics = json.loads((trainer / "metrics.json").read_text(encoding="utf-8"))
print(f"It tells {', '.join(model.languages)} apart.")
print(f"On clips it had not seen, it was right in {metrics['held_out_accuracy']:.0%}.")

# %% [markdown]
# ## The clips it is most sure of

# %%
clips = [clip for clip in read_clips(find_dataset("google/fleurs")) if clip.language == LANGUAGE]
features = np.array([clip_features(clip.samples, clip.rate) for clip in clips])
certainty = probabilities(model, features)[:, model.languages.index(LANGUAGE)]

ranking = np.argsort(-certainty, kind="stable")
for place, index in enumerate(ranking):
    kept = "kept" if place < CLIPS else ""
    print(f"{clips[index].name:24s} {certainty[index]:6.1%}  {kept}")

chosen = [clips[index] for index in ranking[:CLIPS]]
rates = {clip.rate for clip in chosen}
assert len(rates) == 1, f"the clips have different sampling rates: {sorted(rates)} Hz"
rate = rates.pop()

# %% [markdown]
# ## The voice
#
# Pitch comes from autocorrelation: shifted by one period, a voiced sound resembles itself. The
# median over all frames keeps out the few that are an octave off.

# %%
voice = fit_voice([clip.samples for clip in chosen], rate)
sound = synthesise(voice, SECONDS, rate)
print(f"pitch {voice.pitch_hz:.1f} Hz, moving by {voice.pitch_spread:.1%}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
decibels = 20 * np.log10(voice.envelope + 1e-4)
left.plot(voice.bin_hz, decibels, label="average spectrum")
hz, magnitudes = harmonics(voice, rate)
left.vlines(hz, decibels.min() - 3, 20 * np.log10(magnitudes + 1e-4), color="C1", label="its tones")
left.set(xlabel="frequency (Hz)", ylabel="level (dB)", title="The voice", xlim=(0, rate / 2))
left.legend(frameon=False)
right.specgram(sound + 1e-6, NFFT=256, noverlap=192, Fs=rate, vmin=-120)
right.set(xlabel="time (s)", ylabel="frequency (Hz)", title="The sound made from it")
figure.savefig("fula_voice.png", dpi=120)
plt.show()

# %% [markdown]
# ## What stays

# %%
summary = {
    "made_by": "src_py/train_fula_tts.py",
    "language": LANGUAGE,
    "clips": [clip.name for clip in chosen],
    "rate_hz": rate,
    "pitch_hz": round(voice.pitch_hz, 2),
    "pitch_spread": round(voice.pitch_spread, 4),
    "envelope": {
        "bin_hz": voice.bin_hz.round(2).tolist(),
        "magnitude": voice.envelope.round(5).tolist(),
    },
}
Path("voice.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
write_wav(Path("fula_sample.wav"), sound, rate)

# %% [markdown]
# The proof: measured in the same way, the new sound has the pitch of the clips.

# %%
heard = float(np.median(pitch_track(sound, rate)))
print(f"pitch of the clips {voice.pitch_hz:.1f} Hz, of the new sound {heard:.1f} Hz")
assert abs(heard / voice.pitch_hz - 1) < 0.05, "the sound does not have the pitch of the voice"
