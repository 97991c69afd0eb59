"""Which keywords are tags of Kaggle's: the others come back as invalid, and the version lacks them.

The real list is long and grows; here are those that kernels use most, so that a keyword that is
known here is known there, while one that is refused here may be known there.
"""

from collections.abc import Iterable

_TAGS = frozenset(
    """
    advanced
    africa
    art
    artificial intelligence
    arts and entertainment
    asia
    astronomy
    audio
    audio classification
    audio event classification
    automl
    banking
    bayesian statistics
    beginner
    bert
    bigquery
    binary classification
    biology
    business
    categorical
    chemistry
    classification
    clustering
    cnn
    computer science
    computer vision
    covid19
    data analytics
    data cleaning
    data storytelling
    data visualization
    deep learning
    dimensionality reduction
    earth and nature
    economics
    education
    ensembling
    europe
    exploratory data analysis
    feature engineering
    finance
    games
    gan
    geospatial analysis
    gradient boosting
    gpu
    health
    healthcare
    image
    image classification
    image segmentation
    intermediate
    k-means
    keras
    languages
    learn
    lightgbm
    linear regression
    linguistics
    logistic regression
    lstm
    matplotlib
    medicine
    model comparison
    model explainability
    multiclass classification
    multilabel classification
    music
    naive bayes
    neural networks
    nlp
    numpy
    object detection
    optimization
    outlier analysis
    pandas
    pca
    physics
    plotly
    public health
    python
    pytorch
    r
    random forest
    recommender systems
    regression
    reinforcement learning
    research
    rnn
    scikit-learn
    scipy
    seaborn
    signal processing
    simulations
    social science
    software
    speech recognition
    speech synthesis
    sports
    sql
    standardized testing
    statistical analysis
    survey analysis
    svm
    tabular
    tensorflow
    text
    text classification
    text conversation
    text generation
    text mining
    text-to-speech
    time series analysis
    tpu
    transfer learning
    transformers
    translation
    utility script
    video
    xgboost
    """.strip().splitlines()
)
_KNOWN = frozenset(" ".join(tag.replace("-", " ").split()) for tag in _TAGS)
_OTHER_NAMES = {"util script": "utility script"}  # as people and Kaggle's own documentation say it


def divided(keywords: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the keywords that are tags, and those that are none, as they were written."""
    valid: list[str] = []
    invalid: list[str] = []
    for keyword in keywords:
        plain = " ".join(keyword.casefold().replace("-", " ").split())
        (valid if _OTHER_NAMES.get(plain, plain) in _KNOWN else invalid).append(keyword)
    return valid, invalid
