"""Tests of nbship/core/kaggle."""
