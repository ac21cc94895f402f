"""A forgotten password: the mail, its one-time link, and what happens to sessions."""

from tools.tour.scenario.sample_values import PROBLEM, SESSION, problem
from tools.tour.step import Step

FORGOTTEN_PASSWORD = (
    Step(
        chapter="A forgotten password",
        text="Mina has forgotten her password and asks for a mail. Anybody gets the same response for any address.",
        request="POST /users/password-reset",
        body={"email": "$email"},
        status=202,
    ),
    Step(
        text="The mail has a link that works once, within 30 minutes. A deployed shop sends it with Amazon SES.",
        request="GET /_local/mails.json",
        mail_subject="Choose a new password",
        shown=("subject",),
        saves={"link_token": "token"},
    ),
    Step(
        text="The page of the link sends its token with the new password.",
        request="POST /users/password-reset/confirm",
        body={"token": "$link_token", "password": "$new_password"},
        status=204,
    ),
    Step(
        text="The link has been used.",
        request="POST /users/password-reset/confirm",
        body={"token": "$link_token", "password": "another password"},
        status=409,
        expected=problem("invalid-link"),
        shown=PROBLEM,
    ),
    Step(
        text="All of her sessions have ended, also one that a thief might have.",
        request="GET /users/profile",
        user="MINA",
        status=401,
        shown=PROBLEM,
    ),
    Step(
        text="She logs in with the new password.",
        request="POST /users/login",
        body={"email": "$email", "password": "$new_password"},
        logs_in="MINA",
        shown=SESSION,
    ),
)
