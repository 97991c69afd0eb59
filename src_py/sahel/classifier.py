"""Softmax regression: which language is spoken, from one vector of features for each clip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BATCH = 8


@dataclass(frozen=True)
class Classifier:
    """Weights, shape (features, languages), bias, shape (languages,), and what the columns mean."""

    weights: FloatArray
    bias: FloatArray
    languages: tuple[str, ...]


def new_classifier(features: int, languages: tuple[str, ...]) -> Classifier:
    """Return a classifier that knows nothing: to it, all languages are equally likely."""
    return Classifier(np.zeros((features, len(languages))), np.zeros(len(languages)), languages)


def probabilities(model: Classifier, features: FloatArray) -> FloatArray:
    """Return how likely each language is, shape (clips, languages); each row sums to 1."""
    scores = features @ model.weights + model.bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def loss(model: Classifier, features: FloatArray, labels: IntArray) -> float:
    """Return the mean cross-entropy in nats; a guess among n languages costs log(n)."""
    right = probabilities(model, features)[np.arange(len(labels)), labels]
    return float(-np.log(right + 1e-12).mean())


def accuracy(model: Classifier, features: FloatArray, labels: IntArray) -> float:
    """Return the share of clips whose likeliest language is the right one, from 0 to 1."""
    return float((probabilities(model, features).argmax(axis=1) == labels).mean())


def train_epoch(
    model: Classifier,
    features: FloatArray,
    labels: IntArray,
    learning_rate: float,
    random: np.random.Generator,
) -> Classifier:
    """Return the classifier after one pass over all clips, in small shuffled batches."""
    weights, bias = model.weights, model.bias
    order = random.permutation(len(labels))
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        error = probabilities(Classifier(weights, bias, model.languages), features[batch])
        error[np.arange(len(batch)), labels[batch]] -= 1.0
        weights = weights - learning_rate * features[batch].T @ error / len(batch)
        bias = bias - learning_rate * error.mean(axis=0)
    return Classifier(weights, bias, model.languages)


def hold_out(
    labels: IntArray, share: float, random: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Split clips into those to train on and those held out; return the indices of both.

    Of each language the same share is held out, and at least one clip.
    """
    held: list[int] = []
    for label in np.unique(labels):
        of_label = random.permutation(np.flatnonzero(labels == label))
        held.extend(of_label[: max(1, round(share * len(of_label)))].tolist())
    held_out = np.array(sorted(held), dtype=np.int64)
    return np.setdiff1d(np.arange(len(labels)), held_out), held_out


def save(model: Classifier, path: Path) -> None:
    """Write the classifier to an ``.npz`` file."""
    np.savez(path, weights=model.weights, bias=model.bias, languages=np.array(model.languages))


def load(path: Path, features: int) -> Classifier:
    """Read what ``save`` wrote, and refuse a classifier for another number of features."""
    with np.load(path) as file:
        weights, bias = file["weights"], file["bias"]
        languages = tuple(str(code) for code in file["languages"])
    if weights.shape != (features, len(languages)) or bias.shape != (len(languages),):
        raise ValueError(
            f"{path}: weights {weights.shape} and bias {bias.shape} do not fit "
            f"{features} features and {len(languages)} languages: train again"
        )
    return Classifier(weights, bias, languages)
