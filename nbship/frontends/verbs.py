"""The list of all verbs, from which the nbship command and the reference are made.

A new verb is a file in nbship/verbs/ and an entry in one of the two lists that this one joins.
"""

from nbship.frontends.daily_verbs import DAILY
from nbship.frontends.set_up_verbs import SET_UP

VERBS = (*DAILY, *SET_UP)
