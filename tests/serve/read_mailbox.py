"""Prints the mails of a mailbox at an IMAP server, the oldest first, each as one line of JSON. Usage: read_mailbox.py PORT
AUTHORITY USER PASSWORD. Its readers' programs would do it so: by TLS, and without marking a mail as read.
"""

import email
import email.policy
import html.parser
import imaplib
import json
import re
import ssl
import sys


class Links(html.parser.HTMLParser):
    """The addresses that a page leads to, or loads."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src", "action") and value]


def links(mail):
    """Every address in a mail: of its headers, its text and its page."""
    found = []
    for name, value in mail.items():
        if name.lower().startswith(("list-", "x-")):
            found += re.findall(r"<((?:https?|mailto):[^>]+)>", str(value))
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            found += re.findall(r"https?://[^\s<>\"]+[^\s<>\".,;)]", part.get_content())
        if part.get_content_type() == "text/html":
            found += Links(part.get_content()).found
    return list(dict.fromkeys(found))


port, authority, user, password = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
server = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context)
server.login(user, password)
server.select("INBOX", readonly=True)
for number in server.search(None, "ALL")[1][0].split():
    parts = server.fetch(number, "(BODY.PEEK[])")[1]
    mail = email.message_from_bytes(parts[0][1], policy=email.policy.default)
    text = mail.get_body(("plain",))
    print(
        json.dumps(
            {
                "headers": {name.lower(): str(value) for name, value in mail.items()},
                "text": text.get_content() if text else "",
                "links": links(mail),
                "attachments": [part.get_filename() for part in mail.iter_attachments()],
                "octets": len(parts[0][1]),
            }
        )
    )
server.logout()
