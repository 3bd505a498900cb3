// The page and the JSON document of server.poh with Node's own http module. The port is the only argument.
"use strict";
const http = require("http");

function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

const server = http.createServer((request, response) => {
  const parts = request.url.split("?")[0].split("/");
  if (request.method === "GET" && parts.length === 3 && parts[1] === "hello") {
    const body = `<!doctype html><html><head><title>Hello</title></head><body><h1>Hello, ${parts[2]}!</h1></body></html>`;
    send(response, 200, "text/html; charset=utf-8", body);
  } else if (request.method === "GET" && parts.length === 3 && parts[1] === "squares") {
    const n = JSON.parse(parts[2]);
    const squares = [];
    for (let i = 0; i < n; i++) squares.push(i * i);
    send(response, 200, "application/json", JSON.stringify({ n, squares }));
  } else {
    send(response, 404, "application/json", JSON.stringify({ error: "Not Found", status: 404 }));
  }
});
server.listen(Number(process.argv[2]), "127.0.0.1");
