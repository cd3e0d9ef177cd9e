// screenshots.js: makes the pictures of README.md (assets/) from the built site in Chromium, on the real page and real
// data: `make screenshots`. Not a test. Depends on playwright-core, Debian's chromium, tests/tools/serve.js.
import { chromium } from "playwright-core";
import { join } from "node:path";
import { repository } from "./tools/make.js";
import { startServer } from "./tools/serve.js";

const PICTURES = [
  { file: "filigree-light.png", scheme: "light" },
  { file: "filigree-dark.png", scheme: "dark" },
];
/** The default pair on MNIST, shortened so that the picture shows a finished run: 12 + 4 epochs. */
const LINK =
  "#v=1&data=mnist&epochs=12&ramp=4&finetune=4&a.regularizer=l1&a.lambda=1e-4" +
  "&b.regularizer=arrangement&b.lambda=3e-6&b.l1=1e-4";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

const server = await startServer({ root: join(repository, "dist"), port: 0, isolated: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...FLAGS, ...QUIET] });
try {
  for (const { file, scheme } of PICTURES) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: scheme });
    await page.goto(`${server.url}/${LINK}`);
    await page.getByRole("button", { name: "Play", exact: true }).click({ timeout: 60_000 });
    for (const contender of ["a", "b"]) {
      const epoch = page.locator(`[data-contender="${contender}"] [data-metric="epoch"][data-value="16"]`);
      await epoch.waitFor({ timeout: 600_000 });
    }
    await page.mouse.move(0, 0);
    await page.waitForTimeout(1000);
    await page.screenshot({ path: join(repository, "assets", file) });
    console.log(`assets/${file}`);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
