// policy.test.js: the page's Content-Security-Policy, while everything on the page is used: nothing violates it, no request leaves for
// another host, and nothing about people is stored.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { make, repository } from "../tools/make.js";
import { startBrowser, waitForState } from "./browser.js";

/** What a tab remembers until it is closed: how it looks, and that it was reloaded once. */
const SESSION = ["filigree-display", "filigree:/:reloaded"];

const sites = [];

before(async () => {
  make("site", "site-data");
  for (const isolated of [true, false]) sites.push({ isolated, ...(await startBrowser({ isolated })) });
});
after(async () => {
  for (const site of sites) await site.close();
});

test("the policy is strict, and is sent as a header too", async () => {
  const [site] = sites;
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(
    readFileSync(`${repository}dist/index.html`, "utf8"),
  )[1];
  const rules = Object.fromEntries(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1)]));
  assert.deepEqual(rules["default-src"], ["'none'"]);
  assert.deepEqual(rules["script-src"], ["'self'", "'wasm-unsafe-eval'"]);
  for (const name of ["worker-src", "style-src", "connect-src", "font-src"]) assert.deepEqual(rules[name], ["'self'"]);
  for (const name of ["base-uri", "form-action"]) assert.deepEqual(rules[name], ["'none'"]);
  const { headers } = await fetch(site.url);
  assert.equal(headers.get("content-security-policy"), policy);
});

/** Uses every control that can be seen, in the order of the page. Returns what was used. */
async function useEverything(page) {
  const used = [];
  const controls = page.locator("button, select, input:not([type=file]), summary, [tabindex='0']");
  for (let index = 0; index < (await controls.count()); index++) {
    const control = controls.nth(index);
    const what = await control.evaluate((element) => {
      if (element.closest("[inert]") || element.disabled || !element.checkVisibility?.({ visibilityProperty: true }))
        return null;
      if (element.tagName === "SELECT") {
        element.selectedIndex = (element.selectedIndex + 1) % element.options.length;
        // A data set of megabytes is not what this is about.
        if (element.value === "mnist") element.value = "xor";
        element.dispatchEvent(new Event("change", { bubbles: true }));
      } else if (element.type === "range" || element.type === "text" || element.type === "number") {
        element.dispatchEvent(new Event("input", { bubbles: true }));
        element.dispatchEvent(new Event("change", { bubbles: true }));
      } else {
        element.click();
      }
      return element.id || element.textContent.trim().slice(0, 30) || element.tagName;
    });
    if (what) used.push(what);
  }
  return used;
}

for (const index of [0, 1]) {
  test(`everything on the page is used: no violation, no other host, nothing stored (${index ? "plain host, service worker" : "isolated"})`, async () => {
    const site = sites[index];
    const requests = [];
    const page = await site.open("#v=1&data=moons&seed=2", {
      serviceWorker: index === 1,
      acceptDownloads: true,
      prepare: async (each) => {
        each.context().on("request", (request) => requests.push(request.url()));
        await each.addInitScript(() => {
          window.violations = [];
          addEventListener("securitypolicyviolation", (event) =>
            window.violations.push(
              `${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
            ),
          );
        });
      },
    });
    if (index === 1) await page.waitForFunction(() => window.crossOriginIsolated);
    await waitForState(page, "Ready");
    const used = await useEverything(page);
    assert.ok(used.length > 40, `${used.length} controls were used`);
    await page.waitForTimeout(1000);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(500);
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    // Workers report to the console only.
    assert.deepEqual(
      page.problems.filter((text) => /Content Security Policy|violates/.test(text)),
      [],
    );
    const own = new URL(site.url).origin;
    assert.ok(requests.length > 10);
    assert.deepEqual(
      requests.filter((address) => ![own, `blob:${own}`].some((start) => address.startsWith(start))),
      [],
    );
    assert.deepEqual(await page.context().cookies(), []);
    const stored = await page.evaluate(
      async (known) => ({
        local: Object.keys(localStorage),
        session: Object.keys(sessionStorage).filter((key) => !known.includes(key)),
        databases: (await indexedDB.databases()).map(({ name }) => name),
        cookie: document.cookie,
      }),
      SESSION,
    );
    assert.deepEqual(stored, { local: [], session: [], databases: [], cookie: "" });
    await page.context().close();
  });
}

test("what the policy forbids is seen: the check can fail", async () => {
  const page = await sites[0].open("#v=1&data=moons", {
    prepare: (each) =>
      each.addInitScript(() => {
        window.violations = [];
        addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
          window.violations.push(violatedDirective),
        );
      }),
  });
  await waitForState(page, "Ready");
  await page.evaluate(() => {
    document.body.append(Object.assign(document.createElement("img"), { src: "https://elsewhere.example/x.png" }));
    document.body.append(Object.assign(document.createElement("style"), { textContent: "p { color: red }" }));
    document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = true" }));
  });
  await page.waitForFunction(() => window.violations.length >= 3);
  assert.equal(await page.evaluate(() => window.ran), undefined);
  await page.context().close();
});
