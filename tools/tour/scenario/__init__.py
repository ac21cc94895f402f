"""The steps of the tour in their order, from registration to a new password."""

from tools.tour.scenario.delivery_and_dispute import DELIVERY, DISPUTE
from tools.tour.scenario.forgotten_password import FORGOTTEN_PASSWORD
from tools.tour.scenario.ordering import CATALOGUE, ORDERING
from tools.tour.scenario.rejected_requests import REJECTED_REQUESTS
from tools.tour.step import Step

STEPS: tuple[Step, ...] = (*CATALOGUE, *ORDERING, *DELIVERY, *DISPUTE, *REJECTED_REQUESTS, *FORGOTTEN_PASSWORD)
