"""The list of all verbs, from which the nbship command and the reference are made.

A new verb is a file in nbship/verbs/ and an entry in one of the lists that this one joins.
"""

from nbship.frontends.verb_lists.daily import DAILY
from nbship.frontends.verb_lists.records import RECORDS
from nbship.frontends.verb_lists.set_up import SET_UP

VERBS = (*DAILY, *SET_UP, *RECORDS)
