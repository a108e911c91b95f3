"""Reads the mails in the file that smtp-sink wrote, as another program reads mail, and prints one JSON object for each.

read_mails.py FILE FOLDER: attachments are written to FOLDER, under the name that is told as `path`."""

import email
import email.policy
import json
import pathlib
import re
import sys

file, folder = map(pathlib.Path, sys.argv[1:])
# smtp-sink puts lines of its own before each mail; the first one tells where a mail begins.
pieces = re.split(rb"(?m)^X-Client-Addr: [^\n]*\n", file.read_bytes())[1:]
for number, piece in enumerate(pieces):
    mail = email.message_from_bytes(piece, policy=email.policy.default)
    told = {name: str(mail[name]) for name in mail.keys()}
    told["defects"] = [str(defect) for part in mail.walk() for defect in part.defects]
    told["parts"] = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    told["text"] = mail.get_body(("plain",)).get_content()
    told["html"] = mail.get_body(("html",)).get_content()
    told["files"] = []
    for part in mail.iter_attachments():
        path = folder / f"{number}.pdf"
        path.write_bytes(part.get_content())
        told["files"].append({"name": part.get_filename(), "path": str(path)})
    print(json.dumps(told))
