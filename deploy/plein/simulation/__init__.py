"""A made-up town that contacts its municipality: who, when, about what, posted through the real doors and counted afterwards."""

from plein.simulation.planned import PlannedPost
from plein.simulation.playing import play
from plein.simulation.stretch import contacts
from plein.simulation.totals import Totals

__all__ = ["PlannedPost", "Totals", "contacts", "play"]
