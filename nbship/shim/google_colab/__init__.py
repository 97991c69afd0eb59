"""google.colab in a rehearsal, found by ``sitecustomize``: what works without Google, no more."""
