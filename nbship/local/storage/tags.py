"""The tags that a kernel may have: common tags of Kaggle, and those that ``tags.json`` lists.

The file is optional, in the state folder, and holds a list: ``["bambara", "speech recognition"]``.
Kaggle has some hundreds of tags, and its API has no call that lists them: the common ones here were
written down from memory. As on Kaggle, SaveKernel returns unknown tags in ``invalidTags`` and saves
the version without them. Upper and lower case, and hyphens and spaces, are equivalent.

Side effects: reads the file once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.storage.json_files import read_json
from nbship.local.storage.state_dir import StateDirError

_COMMON = (
    # topics
    "africa", "agriculture", "animals", "arts and entertainment", "asia", "astronomy",
    "automobiles and vehicles", "banking", "biology", "business", "cancer", "chemistry",
    "computer science", "covid19", "crime", "earth and nature", "economics", "education",
    "employment", "energy", "environment", "europe", "finance", "food", "football", "health",
    "history", "housing", "india", "insurance", "internet", "investing", "languages", "law",
    "linguistics", "literature", "marketing", "medicine", "movies and tv shows", "music", "news",
    "physics", "plants", "politics", "public health", "real estate", "social science", "software",
    "sports", "travel", "united states", "video games", "weather and climate",
    # data types, tools and machines
    "audio", "gpu", "image", "keras", "matplotlib", "numpy", "pandas", "plotly", "python",
    "pytorch", "seaborn", "tabular", "tensorflow", "text", "tpu", "video", "xgboost",
    # techniques and levels
    "advanced", "beginner", "binary classification", "classification", "clustering", "cnn",
    "computer vision", "data analytics", "data cleaning", "data visualization", "decision tree",
    "deep learning", "dimensionality reduction", "ensembling", "exploratory data analysis",
    "feature engineering", "gan", "geospatial analysis", "gradient boosting",
    "image classification", "image segmentation", "intermediate", "linear regression",
    "logistic regression", "lstm", "model explainability", "multiclass classification",
    "neural networks", "nlp", "object detection", "optimization", "outlier analysis", "pca",
    "random forest", "recommender systems", "regression", "reinforcement learning", "rnn",
    "signal processing", "statistical analysis", "survey analysis", "svm", "text classification",
    "text mining", "time series analysis", "transfer learning", "transformers",
)  # fmt: skip
UTILITY_SCRIPT = "utility script"
GPU = "gpu"  # Kaggle adds it to a kernel that runs on a GPU


@dataclass(frozen=True, slots=True)
class Tags:
    """All known tags: their names by normalised spelling."""

    names: dict[str, str]

    def partition(self, requested: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the names of the valid tags, each once, and the invalid tags."""
        valid: dict[str, None] = {}
        invalid = []
        for tag in requested:
            if name := self.names.get(_normalise(tag)):
                valid[name] = None
            else:
                invalid.append(tag)
        return list(valid), invalid


def read_tags(path: Path) -> Tags:
    """Return the common tags and those that an optional file lists.

    Raises:
        StateDirError: the file is not a JSON list of tags.
    """
    try:
        listed = read_json(path)
    except FileNotFoundError:
        listed = []
    except ValueError as error:
        raise StateDirError(f"{path} is not JSON: {error}") from error
    if not validation.STRINGS.accepts(listed) or not all(map(_normalise, listed)):
        raise StateDirError(f"{path} must be a list of tags, each a string")
    names = {_normalise(name): name for name in (*_COMMON, UTILITY_SCRIPT, *listed)}
    # Kaggle accepts the first spelling and returns the second.
    return Tags({"util script": UTILITY_SCRIPT, **names})


def _normalise(tag: str) -> str:
    return " ".join(tag.casefold().replace("-", " ").split())
