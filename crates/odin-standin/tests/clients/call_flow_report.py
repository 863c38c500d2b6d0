"""The public client's call-flow report against the server at argv[1], entering at extension argv[4] of an auto attendant."""

import sys
import types

# Only another report of the package needs pandas.
sys.modules.setdefault("pandas", types.ModuleType("pandas"))

import graphviz
import odins_spear
from odins_spear.reporter import Reporter

base_url, service_provider, group, extension = sys.argv[1:]
api = odins_spear.API(base_url=base_url, username="demo", password="correct horse", rate_limit=False)
try:
    done = Reporter(api).call_flow(
        service_provider_id=service_provider,
        group_id=group,
        number=extension,
        number_type="extension",
        broadworks_entity_type="auto_attendant",
    )
except graphviz.ExecutableNotFound:
    # It looks for the drawing program after all requests.
    done = True
print("done" if done else "not done")
