"""`python dkimpy.py RECORDS MAIL…`: checks every DKIM signature of each mail with dkimpy and prints one JSON object a mail:
`{"selector": "pass" or what is wrong}`. RECORDS is the zone file that `greenbrief mail dkim` prints; no network is asked."""

import json
import re
import sys

import dkim

records, *mails = sys.argv[1:]
zone = {}
for line in open(records, encoding="ascii"):
    name, strings = re.fullmatch(r'(\S+) IN TXT ((?:"[^"]*" ?)+)\n', line).groups()
    zone[name] = "".join(re.findall('"([^"]*)"', strings)).encode()


def answer(name, timeout=5):
    return zone.get(name.decode() if isinstance(name, bytes) else name)


for path in mails:
    mail = open(path, "rb").read()
    told = {}
    for number, (_, value) in enumerate(h for h in dkim.DKIM(mail).headers if h[0].lower() == b"dkim-signature"):
        selector = re.search(rb"\bs=([^;\s]+)", value).group(1).decode()
        try:
            told[selector] = "pass" if dkim.DKIM(mail, minkey=2048).verify(number, dnsfunc=answer) else "bad signature"
        except dkim.DKIMException as wrong:
            told[selector] = str(wrong)
    print(json.dumps(told))
