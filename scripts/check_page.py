"""Holds the page at /docs, as a browser has made it, against the API document: every operation has to be there, with samples.

usage: check_page.py DOCUMENT PAGE FOLDER

Writes the samples in TypeScript into FOLDER, a file each, so that they can be type-checked."""

import html.parser
import json
import pathlib
import sys


class Page(html.parser.HTMLParser):
    """What the page has: its ids, and the sample texts of each operation by language."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.samples: dict[str, dict[str, str]] = {}
        self._operation = ""
        self._language = ""

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if "id" in named:
            self.ids.add(named["id"])
        if tag == "article":
            self._operation = named.get("aria-labelledby", "")
        if tag == "code" and "class" in named:
            self._language = named["class"]

    def handle_endtag(self, tag):
        if tag == "code":
            self._language = ""

    def handle_data(self, text):
        if self._language:
            texts = self.samples.setdefault(self._operation, {})
            texts[self._language] = texts.get(self._language, "") + text


def operation_ids(document):
    return [operation["operationId"] for item in document["paths"].values() for operation in item.values()]


def main(document_file, page_file, folder):
    document = json.loads(pathlib.Path(document_file).read_text())
    page = Page()
    page.feed(pathlib.Path(page_file).read_text())
    pathlib.Path(folder).mkdir()
    faults = []
    ids = operation_ids(document)
    for operation in ids:
        samples = page.samples.get(operation, {})
        if operation not in page.ids:
            faults.append(f"{operation} is not on the page")
        for language in ("shell", "typescript", "json"):
            if not samples.get(language):
                faults.append(f"{operation} has no sample in {language}")
        # A module each, so that the names in one are not those in another.
        text = samples.get("typescript", "") + "\nexport {};\n"
        pathlib.Path(folder, f"{operation}.ts").write_text(text)
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len(ids)} operations are on the page")


main(*sys.argv[1:])
