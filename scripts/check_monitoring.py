"""Asks Prometheus every query of the dashboard and of the alerts; scripts/check-monitoring runs it.

usage: check_monitoring.py URL FOLDER
"""

import json
import pathlib
import re
import sys
import urllib.parse
import urllib.request

url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(path):
    with opener.open(url + "/api/v1/" + path, timeout=30) as answer:
        return json.load(answer)["data"]


def ask(query):
    """The series that a query gives; HTTPError for one that is none."""
    return get("query?" + urllib.parse.urlencode({"query": query}))["result"]


faults = []
dashboard = json.loads((folder / "dashboard.json").read_text())
queries = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel["targets"]]
for title, query in queries:
    if not ask(query.replace("$__rate_interval", "5s").replace("$job", "session-gateway")):
        faults.append(f"dashboard, {title}: no data for {query}")

rules = [rule for group in get("rules")["groups"] for rule in group["rules"]]
known = set(get("label/__name__/values"))
for rule in rules:
    if rule["health"] != "ok":
        faults.append(f"alert {rule['name']}: {rule['health']} {rule.get('lastError', '')}")
    if rule["state"] == "firing":
        faults.append(f"alert {rule['name']}: it fires at a daemon that is well")
    for name in set(re.findall(r"\b(?:session_gateway|process)_\w+", rule["query"])) - known:
        faults.append(f"alert {rule['name']}: there is no metric {name}")

print("\n".join(faults) or f"{len(queries)} queries and {len(rules)} alerts are right")
sys.exit(bool(faults) or not queries or not rules)
