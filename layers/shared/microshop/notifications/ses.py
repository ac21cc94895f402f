"""Sends mails with SES."""

from microshop.notifications.mail import Mail
from microshop.platform.aws import simple_email_service


def send_mail(sender: str, recipient: str, mail: Mail) -> None:
    """Send `mail` as text and HTML.

    Raises:
        botocore.exceptions.BotoCoreError, ClientError: SES did not accept the mail.
    """
    simple_email_service().send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [recipient]},
        Content={
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": mail.text, "Charset": "UTF-8"},
                    "Html": {"Data": mail.html, "Charset": "UTF-8"},
                },
            }
        },
    )
