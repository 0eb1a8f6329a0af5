"""Predictions over HTTP: python service.py model.pickle 8000"""

import json
import pickle
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

model = pickle.loads(Path(sys.argv[1]).read_bytes())  # only from a source you trust


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = 200, model.predict(rows).tolist()
        except (TypeError, ValueError, RecursionError) as error:  # says what is wrong
            status, answer = 422, {"error": str(error)}
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Service).serve_forever()
