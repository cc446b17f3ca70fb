"""The invented province: administrative units, sites and the dated links between a site and what is watched."""

import csv
import gzip
import io
import random

SEED = "countermine-samples-1"
FROM_EVER = "2020-01-01"

UNITS = [
    # code, Chinese name, English name, level, parent
    ("330000", "示例省", "Example Province", "province", "CN"),
    ("339100", "示例市", "Shili City", "prefecture", "330000"),
    ("339101", "甲区", "Jia District", "county", "339100"),
    ("339102", "乙区", "Yi District", "county", "339100"),
    ("339103", "丙县", "Bing County", "county", "339100"),
    ("339200", "样本市", "Yangben City", "prefecture", "330000"),
    ("339201", "丁区", "Ding District", "county", "339200"),
    ("339202", "戊县", "Wu County", "county", "339200"),
    ("339203", "己县", "Ji County", "county", "339200"),
]
COUNTIES = [u[0] for u in UNITS if u[3] == "county"]
NAMES = {u[0]: u[1] for u in UNITS}


def rng(*parts):
    """A generator of its own for each thing, so that adding one thing leaves all others as they were."""
    return random.Random(":".join([SEED, *map(str, parts)]))


def gz(data):
    """Gzip without a date or a file name: the same bytes each run."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=9, mtime=0) as handle:
        handle.write(data)
    return out.getvalue()


def table(header, rows):
    """UTF-8 CSV with LF line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


class Register:
    """Collects sites and links; numbers sites, meters and streets in the order they are made."""

    def __init__(self):
        self.sites, self.links, self._meters = [], [], 0

    def site(self, name, kind, unit, category, contracted, residential=False):
        number = len(self.sites) + 1
        identifier = f"SZ{number:04d}"
        street = 1 + (number * 7) % 40
        address = f"{NAMES[unit]}示例路{street}号"
        if residential:
            address += f"{1 + number % 18}幢{101 + number % 5 * 100}室"
        self.sites.append((identifier, name, address, kind, unit, category, contracted, str(residential).lower()))
        return identifier

    def link(self, site, kind, subject, basis, since=FROM_EVER, until=""):
        self.links.append((site, kind, subject, since, until, basis))

    def meter(self, site, since=FROM_EVER, until=""):
        """A new meter for the site: 22 digits as an asset number has."""
        self._meters += 1
        identifier = f"3390001{self._meters:015d}"
        self.link(site, "meter", identifier, "supply-contract", since, until)
        return identifier

    def files(self):
        return {
            "register/units.csv": table(
                ["code", "name_zh", "name_en", "level", "parent", "valid_from", "valid_to"],
                [(*u, "2000-01-01", "") for u in UNITS]),
            "register/sites.csv": table(
                ["site", "name", "address", "kind", "unit", "category", "contracted_kw", "residential"], self.sites),
            "register/links.csv": table(["site", "kind", "subject", "from", "to", "basis"], self.links),
        }
