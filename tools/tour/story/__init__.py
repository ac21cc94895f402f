"""The steps of the tour in their order, from registration to a dispute."""

from tools.tour.step import Step
from tools.tour.story.after_payment import DELIVERY, DISPUTE
from tools.tour.story.ordering import CATALOGUE, ORDERING
from tools.tour.story.refusals import REFUSALS

STORY: tuple[Step, ...] = (*CATALOGUE, *ORDERING, *DELIVERY, *DISPUTE, *REFUSALS)
