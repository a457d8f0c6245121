from http.server import BaseHTTPRequestHandler
from urllib import parse
from urllib.request import urlopen
import json
import os


class handler(BaseHTTPRequestHandler):

    def do_GET(self):
        s = self.path
        url_components = parse.urlsplit(s)
        query_string_list = parse.parse_qsl(url_components.query)
        dic = dict(query_string_list)
        base = "http://" + os.environ["VERCEL_URL"] + "/api/v3.1"

        if "country" in dic and "capital" in dic:
            data = json.loads(urlopen(base + "/name/" + parse.quote(dic["country"])).read())
            real = data[0]["capital"][0]
            if real == dic["capital"]:
                message = f"Right! {real} is the capital of {dic['country']}"
            else:
                message = f"Sorry, the capital of {dic['country']} is {real}, not {dic['capital']}"
        elif "country" in dic:
            data = json.loads(urlopen(base + "/name/" + parse.quote(dic["country"])).read())
            message = f"The capital of {dic['country']} is {data[0]['capital'][0]}"
        elif "capital" in dic:
            data = json.loads(urlopen(base + "/capital/" + parse.quote(dic["capital"])).read())
            message = f"{dic['capital']} is the capital of {data[0]['name']['common']}"
        else:
            message = "Give me a country or a capital please"

        self.send_response(200)
        self.send_header('Content-type', 'text/plain')
        self.end_headers()
        self.wfile.write(message.encode())
        return
