"""The page and the JSON document of server.poh with Python's own http.server. The port is the only argument."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open, as with the other servers
    wbufsize = -1  # head and body in one packet

    def log_message(self, *args):
        pass

    def send(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = self.path.split("?")[0].split("/")
        if len(parts) == 3 and parts[1] == "hello":
            page = f"<!doctype html><html><head><title>Hello</title></head><body><h1>Hello, {parts[2]}!</h1></body></html>"
            self.send(200, "text/html; charset=utf-8", page)
        elif len(parts) == 3 and parts[1] == "squares":
            n = json.loads(parts[2])
            squares = []
            for i in range(n):
                squares.append(i * i)
            self.send(200, "application/json", json.dumps({"n": n, "squares": squares}))
        else:
            self.send(404, "application/json", json.dumps({"error": "Not Found", "status": 404}))


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
