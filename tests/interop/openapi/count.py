"""How many cases passed and failed, from schemathesis' report. Fails if any did, or if there were none."""

import json
import sys

report = json.load(open(sys.argv[1]))
cases, operations = report["test_cases"], report["operations"]
failed = max(cases["with_failures"] + cases["errored"], len(report["failures"]), len(report["errors"]))
passed = cases["generated"] - cases["without_checks"] - failed
tested = operations["tested"] if operations else 0
complete = report["complete"] and tested == operations["total"] > 0 and passed > 0
if not complete:
    print(f"not everything was tested: {tested} operations")
print(f"{max(passed, 0)} passed, {failed} failed")
sys.exit(0 if complete and failed == 0 else 1)
