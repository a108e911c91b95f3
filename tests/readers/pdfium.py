"""`python pdfium.py FILE`: the text as pdfium, Chrome's reader, gives it; a form feed after each page."""

import sys

import pypdfium2

sys.stdout.reconfigure(encoding="utf-8", newline="")
for page in pypdfium2.PdfDocument(sys.argv[1]):
    sys.stdout.write(page.get_textpage().get_text_range() + "\f")
