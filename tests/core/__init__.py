"""Tests of the pure core: text in, data or text out; no test here touches git or the network."""
