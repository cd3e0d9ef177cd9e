// serve.js: a small static file server for the built site, on this machine only. Sends the headers that give a page
// SharedArrayBuffer, or leaves them out so that tests see what plain hosting gives; with them goes the policy that
// index.html has. `prefix` serves the site under a path. Not a production server.
//
//   node tests/tools/serve.js [--root dist] [--port 8080] [--prefix /some/path/] [--no-isolation]
//   import { startServer } from "./serve.js";
//   const { url, close } = await startServer({ root: "dist", port: 0, isolated: true });
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = "[--root dist] [--port 8080] [--prefix /some/path/] [--no-isolation]";

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
  // The files are for everybody; an isolated page of another origin may embed them.
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** The policy in the page at `root`, to be sent as a header too: workers know no meta element. "" where there is none. */
async function policyOf(root) {
  const page = await readFile(join(root, "index.html"), "utf8").catch(() => "");
  return /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1].replace(/\s+/g, " ") ?? "";
}

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

async function answer({ root, prefix, isolated }, request, response) {
  const headers = { "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff" };
  if (isolated) {
    const policy = await policyOf(root);
    Object.assign(headers, ISOLATION, policy && { "Content-Security-Policy": policy });
  }
  const refuse = (status, text, more) => {
    response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8", ...more });
    response.end(request.method === "HEAD" ? undefined : `${text}\n`);
  };
  if (request.method !== "GET" && request.method !== "HEAD")
    return refuse(405, "only GET and HEAD", { Allow: "GET, HEAD" });
  if (!request.url.startsWith(prefix)) return refuse(404, "no such file");
  const file = fileOf(root, request.url.slice(prefix.length - 1));
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
 * Serves the folder `root` on `host`:`port` (0: any free port) below the path `prefix`; `isolated` says whether the isolation
 * headers and the policy are sent. `onRequest(request, response)` sees each request first; true from it: it has answered.
 * Resolves to {server, port, url (with a final slash), close()}; rejects with the system's error (EADDRINUSE, ...).
 */
export function startServer({
  root = "dist",
  port = 8080,
  isolated = true,
  host = "127.0.0.1",
  prefix = "/",
  onRequest = () => false,
} = {}) {
  const folder = resolve(root);
  const server = createServer((request, response) => {
    if (onRequest(request, response)) return;
    answer({ root: folder, prefix, isolated }, request, response).catch(() => response.destroy());
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
      fulfil({ server, port: bound, url: `http://localhost:${bound}${prefix}`, close });
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
    else if (words[k] === "--prefix" && /^\/(.*\/)?$/.test(words[k + 1])) settings.prefix = words[++k];
    else return fail(`usage: node tests/tools/serve.js ${USAGE}`, 2);
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
