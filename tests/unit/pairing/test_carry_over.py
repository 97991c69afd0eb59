"""A notebook gets the cells of its source, and each cell keeps what is its own."""

from nbship.core.pairing.carry_over import new_notebook, update_notebook
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS


def test_a_new_cell_gets_no_id_that_an_old_one_keeps() -> None:
    one = {"cell_type": "code", "source": "one", "metadata": {}}
    other = {"cell_type": "code", "source": "other", "metadata": {}}
    alone = update_notebook([one], new_notebook({}), None, SHIPPED_OPTIONS).content
    taken = {**alone, "cells": [{**alone["cells"][0], "source": "other"}]}
    both = update_notebook([other, one], taken, None, SHIPPED_OPTIONS).content["cells"]
    assert both[0]["id"] == alone["cells"][0]["id"]
    assert both[1]["id"] != both[0]["id"]
