"""The lists of verbs: doit's tasks, the commands of nbship and the reference follow from them."""
