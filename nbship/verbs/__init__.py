"""The verbs: one file for each thing a person types. Facts, decision, act, record."""
