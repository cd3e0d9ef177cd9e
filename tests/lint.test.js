// lint.test.js: formatting and static checks, as `make lint` does them.
import { test } from "node:test";
import { make } from "./tools/make.js";

test("make lint", () => {
  make("lint");
});
