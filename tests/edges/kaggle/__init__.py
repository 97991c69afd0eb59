"""Tests of nbship/edges/kaggle."""
