// versions.js: sites to test updates with: copies of dist/ (without the large data) that say they are other versions. No test of
// its own.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./make.js";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * Copies dist/ to `folder` as version `version` (12 hexadecimal digits). Its scripts begin with a mark: in the page
 * and in its workers, globalThis.siteVersion is `version`. Returns `folder`.
 */
export function makeVersion(folder, version) {
  const dist = `${repository}dist`;
  rmSync(folder, { recursive: true, force: true });
  cpSync(dist, folder, {
    recursive: true,
    dereference: true,
    filter: (path) => !/train-images|t10k-images|\.map$/.test(path),
  });
  const [own] = readdirSync(join(folder, "v"));
  const files = join(folder, "v", version);
  renameSync(join(folder, "v", own), files);
  const index = join(folder, "index.html");
  writeFileSync(index, readFileSync(index, "utf8").replaceAll(own, version));
  for (const name of readdirSync(files).filter((each) => each.endsWith(".js"))) {
    const script = join(files, name);
    writeFileSync(script, `globalThis.siteVersion = "${version}";\n${readFileSync(script, "utf8")}`);
  }
  const worker = join(folder, "sw.js");
  const [line, ...rest] = readFileSync(worker, "utf8").split("\n");
  const site = JSON.parse(line.replace(/^self\.SITE=|;$/g, ""));
  site.version = version;
  for (const file of site.files) {
    file.path = file.path.replace(own, version);
    file.hash = sha256(readFileSync(join(folder, file.path)));
  }
  writeFileSync(worker, [`self.SITE=${JSON.stringify(site)};`, ...rest].join("\n"));
  return folder;
}

/** A server's root that can be another folder from one request to the next: {path, show(folder)}. */
export function switchable(path) {
  return {
    path,
    show(folder) {
      mkdirSync(join(path, ".."), { recursive: true });
      rmSync(`${path}.new`, { force: true });
      symlinkSync(folder, `${path}.new`);
      renameSync(`${path}.new`, path);
    },
  };
}
