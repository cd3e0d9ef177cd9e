// serve.js: a small static file server for the built site, on this machine only. Sends the headers that give a page
// SharedArrayBuffer, or leaves them out so that tests see what plain hosting gives. Not a production server.
//
//   node tests/tools/serve.js [--root dist] [--port 8080] [--no-isolation]
//   import { startServer } from "./serve.js";
//   const { url, close } = await startServer({ root: "dist", port: 0, isolated: true });
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** The file below `root` (absolute) that a request's path names, or null where it leads elsewhere or is no path. */
function fileOf(root, address) {
  let path;
  try {
    path = decodeURIComponent(address.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith("/") || path.includes("\0")) return null;
  const file = join(root, path.endsWith("/") ? `${path}index.html` : path);
  return file.startsWith(root + sep) ? file : null;
}

async function answer(root, isolated, request, response) {
  const headers = { "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", ...(isolated ? ISOLATION : {}) };
  const refuse = (status, text, more) => {
    response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8", ...more });
    response.end(request.method === "HEAD" ? undefined : `${text}\n`);
  };
  if (request.method !== "GET" && request.method !== "HEAD")
    return refuse(405, "only GET and HEAD", { Allow: "GET, HEAD" });
  const file = fileOf(root, request.url);
  const found = file && (await stat(file).catch(() => null));
  if (found?.isDirectory()) {
    const [path, ...query] = request.url.split(/(?=[?#])/);
    // A path of "//elsewhere" must not become an address of another host.
    return refuse(301, "a folder", { Location: `/${path.replace(/^[/\\]+/, "")}/${query.join("")}` });
  }
  if (!found?.isFile()) return refuse(404, "no such file");

  headers["Content-Type"] = TYPES[extname(file)] ?? "application/octet-stream";
  headers.ETag = `"${found.size.toString(16)}-${found.mtimeMs.toString(16)}"`;
  if (request.headers["if-none-match"] === headers.ETag) {
    response.writeHead(304, headers);
    return response.end();
  }
  response.writeHead(200, { ...headers, "Content-Length": found.size });
  if (request.method === "HEAD") return response.end();
  createReadStream(file)
    .on("error", () => response.destroy())
    .pipe(response);
}

/**
 * Serves the folder `root` on `host`:`port` (0: any free port); `isolated` says whether the isolation headers are sent.
 * Resolves to {server, port, url (with a final slash), close()}; rejects with the system's error (EADDRINUSE, ...).
 */
export function startServer({ root = "dist", port = 8080, isolated = true, host = "127.0.0.1" } = {}) {
  const folder = resolve(root);
  const server = createServer((request, response) => {
    answer(folder, isolated, request, response).catch(() => response.destroy());
  });
  return new Promise((fulfil, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const bound = server.address().port;
      const close = () =>
        new Promise((closed) => {
          server.close(closed);
          server.closeAllConnections();
        });
      fulfil({ server, port: bound, url: `http://localhost:${bound}/`, close });
    });
  });
}

async function main(words) {
  const settings = { root: "dist", port: process.env.PORT || "8080", isolated: process.env.ISOLATED !== "0" };
  if (process.env.HOST) settings.host = process.env.HOST;
  for (let k = 0; k < words.length; k++) {
    if (words[k] === "--no-isolation") settings.isolated = false;
    else if (words[k] === "--root" && k + 1 < words.length) settings.root = words[++k];
    else if (words[k] === "--port" && k + 1 < words.length) settings.port = words[++k];
    else return fail("usage: node tests/tools/serve.js [--root dist] [--port 8080] [--no-isolation]", 2);
  }
  const port = Number(settings.port);
  if (!/^\d+$/.test(settings.port) || port > 65535)
    return fail(`PORT=${settings.port} is no port: give a number from 0 to 65535, as in make serve PORT=8081`, 2);
  try {
    const { url } = await startServer({ ...settings, port });
    console.log(`Filigree is at ${url}  (Ctrl-C stops)`);
  } catch (error) {
    if (error.code === "EADDRINUSE") return fail(`port ${port} is in use: try make serve PORT=${port + 1}`, 1);
    if (error.code === "EACCES") return fail(`port ${port} is not allowed here: try make serve PORT=8081`, 1);
    return fail(`cannot serve on port ${port}: ${error.message}`, 1);
  }
}

function fail(line, code) {
  console.error(line);
  process.exitCode = code;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
