"""The tags that a kernel may have: common ones of Kaggle's, and those that HOME/tags.json lists.

``["bambara", "speech recognition"]``. Kaggle has some hundreds, and no call of its API that lists
them: these are well-known ones, from memory. What is unknown comes back in ``invalidTags``, as on
Kaggle, and the version goes without it. A tag may be written with hyphens, and in any case.

Side effects: reads the file once.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.storage.state_dir import HomeError

_COMMON = (
    # what it is about
    "africa", "agriculture", "animals", "arts and entertainment", "asia", "astronomy",
    "automobiles and vehicles", "banking", "biology", "business", "cancer", "chemistry",
    "computer science", "covid19", "crime", "earth and nature", "economics", "education",
    "employment", "energy", "environment", "europe", "finance", "food", "football", "health",
    "history", "housing", "india", "insurance", "internet", "investing", "languages", "law",
    "linguistics", "literature", "marketing", "medicine", "movies and tv shows", "music", "news",
    "physics", "plants", "politics", "public health", "real estate", "social science", "software",
    "sports", "travel", "united states", "video games", "weather and climate",
    # what it works with
    "audio", "gpu", "image", "keras", "matplotlib", "numpy", "pandas", "plotly", "python",
    "pytorch", "seaborn", "tabular", "tensorflow", "text", "tpu", "video", "xgboost",
    # what it does, and for whom
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
_UTILITY_SCRIPT = "utility script"
GPU = "gpu"  # a kernel that asks for one has it without asking


@dataclass(frozen=True, slots=True)
class Tags:
    """All that are known: the name of each, by the form in which two spellings are the same."""

    names: dict[str, str]

    def sorted_out(self, asked: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the names of the tags that are known, each once, and those that are not."""
        known: dict[str, None] = {}
        unknown = []
        for tag in asked:
            if name := self.names.get(_form(tag)):
                known[name] = None
            else:
                unknown.append(tag)
        return list(known), unknown


def read_tags(path: Path) -> Tags:
    """Return the common tags and those that a file lists; there need not be one.

    Raises:
        HomeError: the file is not as it should be.
    """
    try:
        listed = json.loads(path.read_bytes())
    except FileNotFoundError:
        listed = []
    except (ValueError, RecursionError) as error:
        raise HomeError(f"{path} is not JSON: {error}") from error
    if not validation.STRINGS.accepts(listed) or not all(map(_form, listed)):
        raise HomeError(f"{path} must be a list of tags, each a text")
    names = {_form(name): name for name in (*_COMMON, _UTILITY_SCRIPT, *listed)}
    # Asked for by one name, it is shown under the other.
    return Tags({"util script": _UTILITY_SCRIPT, **names})


def _form(tag: str) -> str:
    return " ".join(tag.casefold().replace("-", " ").split())
