// drivers.js: Firefox (puppeteer-core over WebDriver BiDi) and WebKit (Debian's WebKitWebDriver, plain WebDriver over HTTP, in a
// display of its own) as the tests of this folder need them. No test of its own.
//
//   {name, version, goto(address), resize(size), run(text, ...values), click(selector), screenshot(file), close()}
//
// run() calls a function given as text in the page and resolves to its result, waiting for a promise.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import puppeteer from "puppeteer-core";

const FIREFOX = "/usr/bin/firefox-esr";
const MINI_BROWSER = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`)
  .find((file) => existsSync(file));

export async function startFirefox() {
  assert.ok(existsSync(FIREFOX), `${FIREFOX} is not there: tests/tools/setup.sh engines`);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    protocolTimeout: 240_000,
    extraPrefsFirefox: { "datareporting.policy.dataSubmissionEnabled": false, "app.update.auto": false },
  });
  const page = await browser.newPage();
  const version = await browser.version();
  return {
    name: "Firefox",
    version,
    goto: (address) => page.goto(address),
    resize: (size) => page.setViewport(size),
    run: (text, ...values) => page.evaluate(`(${text})(...${JSON.stringify(values)})`),
    click: (selector) => page.click(selector),
    screenshot: (file) => page.screenshot({ path: file }),
    close: () => browser.close(),
  };
}

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export async function startWebKit() {
  assert.ok(
    MINI_BROWSER && existsSync("/usr/bin/WebKitWebDriver"),
    "WebKit is not there: tests/tools/setup.sh engines",
  );
  const port = await freePort();
  // A group of its own: the display, the driver and the browser end together.
  const driver = spawn("xvfb-run", ["-a", "-s", "-screen 0 1600x1200x24", "WebKitWebDriver", `--port=${port}`], {
    stdio: "ignore",
    detached: true,
    // Without compositing on a software GL: Mesa's swrast_dri.so crashed in WebKit's compositor thread in two of five runs.
    env: { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", WEBKIT_DISABLE_COMPOSITING_MODE: "1" },
  });
  const end = () => {
    try {
      process.kill(-driver.pid);
    } catch {
      // it is gone
    }
  };
  const ask = async (method, path, body, patience = 300_000) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(patience),
      method,
      body: body && JSON.stringify(body),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  try {
    for (let turn = 0; ; turn++) {
      const up = await ask("GET", "/status").catch(() => null);
      if (up?.ready) break;
      assert.ok(turn < 300, "WebKitWebDriver did not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { sessionId, capabilities } = await ask("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          browserName: "MiniBrowser",
          timeouts: { script: 240_000, pageLoad: 60_000 },
          "webkitgtk:browserOptions": { binary: MINI_BROWSER, args: ["--automation"] },
        },
      },
    });
    const session = `/session/${sessionId}`;
    return {
      name: "WebKit",
      version: `${capabilities.browserName} ${capabilities.browserVersion}`,
      resize: (size) => ask("POST", `${session}/window/rect`, size),
      goto: (url) => ask("POST", `${session}/url`, { url }),
      async run(text, ...values) {
        const script =
          "const [text, values, done] = arguments;" +
          // The page's policy forbids eval, also here: the function stands in the script itself.
          `Promise.resolve().then(() => (${text})(...values)).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
        const answer = await ask("POST", `${session}/execute/async`, { script, args: ["", values] });
        if (answer.error) throw new Error(answer.error);
        return answer.value;
      },
      async click(selector) {
        const found = await ask("POST", `${session}/element`, { using: "css selector", value: selector });
        await ask("POST", `${session}/element/${Object.values(found)[0]}/click`, {});
      },
      async screenshot(file) {
        writeFileSync(file, Buffer.from(await ask("GET", `${session}/screenshot`, undefined, 20_000), "base64"));
      },
      async close() {
        await ask("DELETE", session, undefined, 5000).catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
