"""Tests of the example workspace in this repo: the modules of its notebooks and their inputs."""
