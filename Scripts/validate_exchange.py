#!/usr/bin/env python3
"""Holds the exchange vectors against other people's validators.

    python3 -m venv .venv && .venv/bin/pip install stix2-validator stix2 pymisp jsonschema ocsf-json-schema \
        py-ocsf-models suricata-check suricatalog lxml
    apt-get install nftables bind9-utils
    .venv/bin/python Scripts/validate_exchange.py [FOLDER]

A validator that is not installed is named and counts as a failure: what was not looked at is not valid.
Prints one line a file and ends with status 1 when any is not valid.
"""

import importlib.metadata
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Tests/Casework/ExchangeTests/Vectors"


def version(name):
    return f"{name} {importlib.metadata.version(name)}"


def stix():
    """The OASIS validator in strict mode, and identifiers computed anew by the reference library.

    Two of its recommendations are not followed: random identifiers (103; ours follow from the content, so that the same
    finding is the same object), and both ports (301; a client may be withheld).
    """
    import stix2
    from stix2validator import ValidationOptions, validate_file

    path = FOLDER / "stix.json"
    found = validate_file(str(path), ValidationOptions(version="2.1", strict=True, enforce_refs=True, disabled="103,301"))
    assert found.is_valid, [str(item) for one in found.object_results for item in one.errors]
    bundle = json.loads(path.read_text())
    same = 0
    for one in bundle["objects"]:
        parsed = stix2.parse(one, allow_custom=False, version="2.1")
        if one["type"] in ("ipv4-addr", "ipv6-addr", "domain-name", "network-traffic", "file"):
            bare = {key: value for key, value in one.items() if key != "id"}
            again = stix2.parse(bare, allow_custom=False, version="2.1")
            assert again.id == one["id"], (again.id, one["id"])
            same += 1
        assert parsed.id == one["id"]
    return f"{version('stix2-validator')}, {version('stix2')}: {len(bundle['objects'])} objects, " \
        f"{same} identifiers made anew"


def misp():
    """The MISP library reads it, and the objects fit the published template."""
    import pymisp

    path = FOLDER / "misp.json"
    event = pymisp.MISPEvent(strict_validation=True)
    event.load_file(str(path))
    for one in event.objects:
        strict = pymisp.MISPObject(one.name, strict=True)
        for attribute in one.attributes:
            strict.add_attribute(attribute.object_relation, value=attribute.value, type=attribute.type)
        strict.to_json(strict=True)
    return f"{version('pymisp')}: {len(event.objects)} objects, {len(event.attributes)} attributes"


def ocsf():
    """The JSON schema of class 2004 in version 1.3.0, and the models of a consumer."""
    import jsonschema
    import ocsf_json_schema
    from py_ocsf_models.events.findings.detection_finding import DetectionFinding

    schema = ocsf_json_schema.get_ocsf_schema("1.3.0")
    maker = ocsf_json_schema.OcsfJsonSchemaEmbedded(schema)
    body = maker.get_class_schema("detection_finding", [])
    count = 0
    for line in (FOLDER / "ocsf.jsonl").read_text().splitlines():
        jsonschema.validate(json.loads(line), body)
        DetectionFinding.model_validate_json(line)
        count += 1
    return f"{version('ocsf-json-schema')}, {version('py-ocsf-models')}: {count} events of 1.3.0"


def eve():
    """An EVE consumer finds every alert in the file and takes its fields."""
    import asyncio
    import datetime

    from suricatalog.alert_apps import TableAlertApp
    from suricatalog.filter import OnlyAlertsFilter

    seen = OnlyAlertsFilter()
    seen.timestamp = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    count = 0
    for line in (FOLDER / "eve.jsonl").read_text().splitlines():
        event = json.loads(line)
        assert seen.accept(event), line
        taken = asyncio.run(TableAlertApp.extract_from_alert(event))
        assert taken["dest_ip"] == event["dest_ip"] and taken["signature"].startswith("Countermine"), taken
        count += 1
    return f"{version('suricatalog')}: {count} alerts taken (field names: Swift tests, after etc/schema.json)"


def suricata_rules():
    from suricata_check.utils.checker import get_rule_option
    from suricata_check.utils.rule import parse

    count = 0
    for line in (FOLDER / "candidates-suricata.rules").read_text().splitlines():
        if line.startswith("alert"):
            rule = parse(line)
            assert rule is not None and get_rule_option(rule, "sid"), line
            count += 1
    return f"{version('suricata-check')}: {count} rules read"


def nft():
    path = FOLDER / "candidates-nftables.nft"
    subprocess.run(["unshare", "-rn", shutil.which("nft") or "/usr/sbin/nft", "-c", "-f", str(path)], check=True)
    return "nft -c: taken, nothing applied"


def rpz():
    tool = shutil.which("named-checkzone") or "/usr/sbin/named-checkzone"
    out = subprocess.run(
        [tool, "candidates.localhost", str(FOLDER / "candidates-rpz.zone")], check=True, capture_output=True, text=True)
    return "named-checkzone: " + out.stdout.strip().splitlines()[-1]


def xml():
    from lxml import etree

    tree = etree.parse(str(FOLDER / "iodef.xml"), etree.XMLParser(resolve_entities=False, no_network=True))
    space = "{urn:ietf:params:xml:ns:iodef-2.0}"
    assert all(one.tag.startswith(space) for one in tree.iter() if isinstance(one.tag, str))
    return f"{version('lxml')}: well-formed, {len(tree.findall(space + 'Incident'))} incidents (structure: Swift tests)"


def main():
    bad = 0
    for check in (stix, misp, ocsf, eve, suricata_rules, nft, rpz, xml):
        try:
            print(f"{check.__name__}: {check()}")
        except Exception as problem:  # whatever a validator throws, the file is not shown to be valid
            bad += 1
            print(f"{check.__name__}: NOT VALID: {type(problem).__name__}: {str(problem)[:1500]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
