import json


def read_json(request):
    return json.loads(request.rfile.read(int(request.headers.get('Content-Length', 0))))
