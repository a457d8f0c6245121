from vercel import API
import json as _json  # the standard one: there is no json.py at the root


class handler(API):
    status = 203

    def vercel(self):
        self.respond(double=self.query().get("n", "") * 2, json=_json.__name__)
