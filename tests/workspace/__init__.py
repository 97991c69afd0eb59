"""Tests of the workspace that lives in this repo: its notebooks' modules and their inputs."""
